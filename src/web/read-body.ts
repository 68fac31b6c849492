import type { IncomingMessage } from 'node:http'
import type { ByteBudget } from './byte-budget.js'
import { MAX_BODY_BYTES } from './http-limits.js'
import { problem, type Problem } from './problem.js'

const TOO_LONG = problem(413, `the body has more than ${MAX_BODY_BYTES} bytes`)
const NO_LENGTH = problem(411, 'the request has no body: send Content-Length, or Transfer-Encoding: chunked')
const ENCODED = problem(415, 'the body must not be compressed', {
  headers: { 'accept-encoding': 'identity' },
})
const CODED = problem(501, 'the body must not be sent with a transfer coding other than chunked')

/** There is no memory for a request now. */
export const BUSY = problem(503, 'the memory for requests is taken', { headers: { 'retry-after': '1' } })

/** The size of the memory for a body at first. It doubles when it is full. */
const FIRST_BYTES = 1024

export interface BodyParts {
  readonly budget: ByteBudget
  /** Whether there must be a body. */
  readonly isNeeded: boolean
  /** Called before the body is read. */
  readonly onBody: () => void
}

/** Reads the body of a request. Rejects if the request ends before its body does. What is not read of a body is skipped by `node:http`. */
export async function readBody(
  request: IncomingMessage,
  { budget, isNeeded, onBody }: BodyParts,
): Promise<Buffer | Problem> {
  const refused = headerProblem(request, isNeeded)
  if (refused) return refused
  onBody()
  // Not a list of the parts, because a part of one byte takes a hundred.
  let body = Buffer.allocUnsafeSlow(FIRST_BYTES)
  let length = 0
  try {
    // A request that is refused midway is not destroyed, because that would destroy its response.
    for await (const part of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      const end = length + part.length
      if (end > MAX_BODY_BYTES) return TOO_LONG
      if (end > body.length) {
        const size = Math.max(end, 2 * body.length)
        if (!budget.take(size, body.length)) return BUSY
        const old = body
        body = Buffer.allocUnsafeSlow(size)
        old.copy(body, 0, 0, length)
      }
      part.copy(body, length)
      length = end
    }
    return body.subarray(0, length)
  } finally {
    budget.give(body.length)
  }
}

function headerProblem({ headers }: IncomingMessage, isNeeded: boolean): Problem | undefined {
  const { 'content-length': length, 'transfer-encoding': transfer, 'content-encoding': encoding } = headers
  if (isNeeded && length === undefined && transfer === undefined) return NO_LENGTH
  if (encoding !== undefined && encoding !== 'identity') return ENCODED
  if (transfer !== undefined && !/^chunked$/i.test(transfer)) return CODED
  return Number(length ?? 0) > MAX_BODY_BYTES ? TOO_LONG : undefined
}
