import type { IncomingMessage } from 'node:http'
import { problem, type Problem } from './problem.js'

/** What a request is for. */
export interface RequestTarget {
  /** The host that the client means; undefined if it names none. */
  readonly host: string | undefined
  readonly path: string
  /** What follows the `?`, as it came; empty if there is nothing. */
  readonly query: string
}

/** A URL in place of a path, as clients of a proxy send it. */
const ABSOLUTE = /^https?:\/\/([^/?]*)(.*)$/is

const TWO_HOSTS = problem(400, 'the request has two Host headers')

/** Reads what a request is for (RFC 9112, section 3.2). */
export function requestTarget({ url = '', rawHeaders, headers }: IncomingMessage): RequestTarget | Problem {
  // Programs on the way may use either.
  if (rawHeaders.filter((name, index) => index % 2 === 0 && /^host$/i.test(name)).length > 1) return TWO_HOSTS
  const [, host = headers.host, rest = url] = ABSOLUTE.exec(url) ?? []
  const start = rest.indexOf('?')
  const path = start < 0 ? rest : rest.slice(0, start)
  return { host, path: path === '' ? '/' : path, query: start < 0 ? '' : rest.slice(start + 1) }
}
