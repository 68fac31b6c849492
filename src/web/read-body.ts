import type { IncomingMessage } from 'node:http'
import type { ByteBudget } from './byte-budget.js'
import { MAX_BODY_BYTES } from './http-limits.js'
import { problem, type Problem } from './problem.js'

const TOO_LONG = problem(413, `the body has more than ${MAX_BODY_BYTES} bytes`, {
  headers: { connection: 'close' },
})
const NO_LENGTH = problem(411, 'the request has no body: send Content-Length, or Transfer-Encoding: chunked')
const ENCODED = problem(415, 'the body must not be compressed', {
  headers: { 'accept-encoding': 'identity' },
})

/** There is no memory for a request now. */
export const BUSY = problem(503, 'the memory for requests is taken', {
  headers: { 'retry-after': '1', connection: 'close' },
})

/** Reads the body of a request, which may be empty unless it `isNeeded`. Rejects if the request ends before its body does. */
export async function readBody(
  request: IncomingMessage,
  budget: ByteBudget,
  isNeeded: boolean,
): Promise<Buffer | Problem> {
  const { headers } = request
  const { 'content-length': length, 'transfer-encoding': transfer, 'content-encoding': encoding } = headers
  if (isNeeded && length === undefined && transfer === undefined) return NO_LENGTH
  if (encoding !== undefined && encoding !== 'identity') return ENCODED
  if (Number(length ?? 0) > MAX_BODY_BYTES) return TOO_LONG
  let taken = 0
  const chunks: Buffer[] = []
  try {
    // A request that is refused midway is not destroyed, because that would destroy its response.
    for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      if (taken + chunk.length > MAX_BODY_BYTES) return TOO_LONG
      if (!budget.take(chunk.length)) return BUSY
      taken += chunk.length
      chunks.push(chunk)
    }
    return Buffer.concat(chunks)
  } finally {
    budget.give(taken)
  }
}
