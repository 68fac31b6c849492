import type { ServerResponse } from 'node:http'
import { formatProblem, PROBLEM_TYPE, type Problem } from './problem.js'

/** A response. */
export interface HttpReply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
  /** The name of the token that the request came with, for the log. */
  readonly token?: string | undefined
  /** Writes the body itself, in place of `body`, and ends the response when there is no more. */
  readonly stream?: (response: ServerResponse) => void
}

/** Makes a response with JSON text. */
export function textReply(
  text: string,
  contentType: string,
  headers: HttpReply['headers'] = {},
  status = 200,
): HttpReply {
  return { status, headers: { 'content-type': contentType, ...headers }, body: Buffer.from(text) }
}

/** Makes a response with a value as JSON. */
export function jsonReply(value: unknown, headers?: HttpReply['headers'], status?: number): HttpReply {
  return textReply(`${JSON.stringify(value)}\n`, 'application/json', headers, status)
}

/** Makes the response that says what is wrong. */
export function problemReply(problem: Problem): HttpReply {
  return textReply(formatProblem(problem), PROBLEM_TYPE, problem.headers, problem.status)
}
