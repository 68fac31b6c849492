import { parseAppClient } from './in/app-client.js'
import { isFault } from './in/incoming.js'
import { problem, type Problem } from './problem.js'
import type { WebRequest } from './web-route.js'

const HINT = 'it must be in the path, percent-encoded, or in "id"'

/** The client ID that a request names. */
export function clientIn({
  segment,
  parameters,
}: Pick<WebRequest, 'segment' | 'parameters'>): Uint8Array | Problem {
  const latin1 = parameters['id'] ?? decoded(segment)
  if (latin1 === undefined)
    return problem(400, 'the path has a "%" that two hexadecimal digits do not follow')
  const client = parseAppClient(latin1, HINT)
  return isFault(client) ? problem(400, client.why) : client
}

/** Decodes percent-encoded bytes to latin1 text. A plus sign is one, unlike in a query. */
function decoded(segment: string): string | undefined {
  if (/%(?![0-9a-fA-F]{2})/.test(segment)) return undefined
  return segment.replace(/%(..)/g, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
}
