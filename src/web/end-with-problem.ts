import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { formatProblem, PROBLEM_TYPE, type Problem } from './problem.js'

/**
 * Ends a connection on which no request can be read any more, with a problem as the last response. What the client still sends is dropped for a
 * while: if the connection were closed before all of it is read, the system would reset it, and the client might never see the response.
 */
export function endWithProblem(socket: Duplex, problem: Problem | undefined, lingerMs: number): void {
  if (!socket.writable) return
  if (problem) socket.write(formatResponse(problem))
  socket.end()
  socket.resume()
  const timeout = setTimeout(() => {
    socket.destroy()
  }, lingerMs)
  socket.once('close', () => {
    clearTimeout(timeout)
  })
}

function formatResponse(problem: Problem): string {
  const { status, headers } = problem
  const body = formatProblem(problem)
  const fields = {
    ...headers,
    'content-type': PROBLEM_TYPE,
    'content-length': Buffer.byteLength(body),
    connection: 'close',
  }
  const lines = Object.entries(fields).map(([name, value]) => `${name}: ${value}`)
  return [`HTTP/1.1 ${status} ${STATUS_CODES[status]}`, ...lines, '', body].join('\r\n')
}
