import { dialectOf, type Dialect, type FieldTexts } from './dialect.js'

/**
 * The flood lines of public herds, by the name that a topology may give. If a line is of several dialects, the first is meant: a list of
 * servers that were visited contains more than one only after the report was passed on.
 */
const TEMPLATES = {
  hops: 'AT {server} {hops} {client} {position} {time}',
  plain: 'AT {server} {skew} {client} {position} {time}',
  comma: 'AT {server} {skew} {client} {position:comma} {time}',
  received: 'AT {server} {skew} {client} {position} {time} {received}',
  sender: 'AT {server} {skew} {client} {position} {time} {sender}',
  visited: 'AT {server} {skew} {client} {position} {time} {visited}',
  'visited-list': 'AT {server} {skew} {client} {position} {time} {visited:list}',
  'visited-origin': 'AT {visited:dash} {skew} {client} {position} {time}',
  'skew-first': 'AT {skew} {server} {client} {position} {time}',
  'client-first': 'AT {client} {position} {time} {skew} {visited}',
  iamat: 'AT {server} {skew} IAMAT {client} {position} {time}',
  'flood-visited': 'FLOOD AT {server} {skew} {client} {position} {time} {visited}',
  'flood-number': 'FLOOD {number} AT {server} {skew} {client} {position} {time}',
  'flood-sender': 'FLOOD {sender} {client} {position} {time} {received} {server} {skew}',
  'flood-received-server': 'FLOOD {client} {position} {time} {received} {server}',
  'flood-server-received': 'FLOOD {client} {position} {time} {server} {received}',
  'flood-skew': 'FLOOD {client} {position} {skew} {time} {server}',
  update: 'UPDATE AT {server} {skew} {client} {position} {time}',
  propagate: 'PROPAGATE {client} {position} {skew} {time} {server}',
  'propagate-visited': 'PROPAG_CMSG {sender} {visited:comma} {client} {time} {position}',
  from: 'From {sender}: AT {server} {skew} {client} {position} {time}',
  semicolons: '{sender} {client};{latitude};{longitude};AT_{server}_{skew}_{client}_{position}_{time}',
} as const

/** The known dialects by name. */
export const DIALECTS: ReadonlyMap<string, Dialect> = new Map(
  // The templates are valid.
  Object.entries(TEMPLATES).map(([name, template]) => [name, dialectOf(template) as Dialect]),
)

/** The dialect of a neighbour that has not sent anything yet. */
export const PLAIN = DIALECTS.get('plain') as Dialect

/** A line whose dialect was found. */
export interface ReadLine {
  readonly dialect: Dialect
  readonly fields: FieldTexts
}

/**
 * Finds the dialect of a line: one of those that its possible senders use, or the first known one. `isServer` says which names are servers of
 * the herd, since a name may contain the dashes that separate others.
 */
export function readLine(
  line: string,
  used: readonly Dialect[],
  isServer: (name: string) => boolean,
): ReadLine | undefined {
  const origins = originsIn(line, isServer)
  if (origins) return origins
  for (const dialect of [...used, ...DIALECTS.values()]) {
    const fields = dialect.read(line)
    if (fields) return { dialect, fields }
  }
  return undefined
}

/** The name of a dialect, or its template if it has none. */
export function dialectName({ template }: Dialect): string {
  for (const [name, dialect] of DIALECTS) if (dialect.template === template) return name
  return template
}

function originsIn(line: string, isServer: (name: string) => boolean): ReadLine | undefined {
  const dialect = DIALECTS.get('visited-origin') as Dialect
  const fields = dialect.read(line)
  const names = fields?.visited?.split(' ') ?? []
  return fields && names.length > 1 && names.every(isServer) ? { dialect, fields } : undefined
}
