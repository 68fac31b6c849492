/**
 * How proxyherd servers open a link: the server that dials says `LINK 1 Clark Bernard 1763929921123`, the other answers
 * with its own. A neighbour that is not proxyherd answers `? …`, closes or stays silent, which is how we know.
 */
export interface Greeting {
  /** The name of the server that speaks. */
  readonly from: string
  /** The name of the server it believes it speaks to. */
  readonly to: string
  /** Digits that are another number each time the speaking server starts, so that a restart is not taken for a second connection. */
  readonly incarnation: string
}

const VERSION = '1'

/** The line, without its line end, that opens or answers a link. */
export function formatGreeting({ from, to, incarnation }: Greeting): string {
  return `LINK ${VERSION} ${from} ${to} ${incarnation}`
}

/** Reads the fields after `LINK`; undefined when they are no greeting of a version that is known here. */
export function parseGreeting(fields: readonly string[]): Greeting | undefined {
  const [version, from, to, incarnation] = fields
  if (from === undefined || to === undefined || incarnation === undefined || fields.length !== 4)
    return undefined
  if (version !== VERSION || !/^[0-9]+$/.test(incarnation)) return undefined
  return { from, to, incarnation }
}
