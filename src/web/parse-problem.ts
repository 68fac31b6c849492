import { MAX_HEADER_BYTES } from './http-limits.js'
import { problem, type Problem } from './problem.js'

/** An error that `node:http` reports of a request. */
export interface ParseError extends Error {
  readonly code?: string
  /** What its parser says. */
  readonly reason?: string
}

/** The codes of errors for which there are better words. */
const KNOWN: ReadonlyMap<string, Problem> = new Map([
  ['HPE_HEADER_OVERFLOW', problem(431, `the header has more than ${MAX_HEADER_BYTES} bytes`)],
  ['ERR_HTTP_REQUEST_TIMEOUT', problem(408, 'the request took too long to arrive')],
  ['HPE_INVALID_EOF_STATE', problem(400, 'the connection was closed in the middle of the request')],
  ['HPE_INVALID_URL', problem(400, 'the URL has a byte that must be percent-encoded')],
  ['HPE_PAUSED_H2_UPGRADE', problem(400, 'this is HTTP/2; the server speaks HTTP/1.1')],
])

/** What is wrong with a request that cannot be read; undefined if its connection is lost. */
export function parseProblem({ code = '', reason }: ParseError): Problem | undefined {
  const known = KNOWN.get(code)
  if (known || !code.startsWith('HPE_')) return known
  return problem(400, `this cannot be read as an HTTP request: ${reason}`)
}
