import { spells, SPACE, toText } from './bytes.js'
import { fieldText } from './line-fields.js'
import type { Line } from './lines.js'
import { malformed, type Malformed } from './malformed.js'

const AUTH = 'AUTH'

/** Lower-case letters differ from capital ones in this bit. */
const LOWER = 0x20

/** Besides the space, the characters from tab to CR are white space. LF, which is between them, ends a line. */
const FIRST_WHITE = 9
const LAST_WHITE = 13

const AUTH_REPLY = /^AUTH(?:| ([!-~]{1,64}))\r?$/

/** What a client shows to be allowed more than others. */
export interface AuthCommand {
  readonly kind: 'auth'
  readonly token: string
}

/** Parses `AUTH token`. What is wrong with it is said without a copy of it. */
export function parseAuth(line: Line): AuthCommand | Malformed {
  if (line.fieldCount === 2 && spells(line.bytes, line.fieldStart(0), line.fieldEnd(0), AUTH))
    return { kind: 'auth', token: fieldText(line, 1) }
  return malformed('AUTH takes a token, and is written in capital letters')
}

/**
 * The word that begins a line which may hold a token, as it came; undefined if it holds none. That is any line that begins with AUTH in capital or small
 * letters, whatever follows them: somebody may have typed it wrong, or have cut it off.
 */
export function authWordOf({ bytes, start, end }: Line): string | undefined {
  let at = start
  while (at < end && isWhite(bytes[at] as number)) at += 1
  if (at + AUTH.length > end) return undefined
  for (let index = 0; index < AUTH.length; index += 1)
    if (((bytes[at + index] as number) | LOWER) !== (AUTH.charCodeAt(index) | LOWER)) return undefined
  return toText(bytes, at, at + AUTH.length)
}

function isWhite(byte: number): boolean {
  return byte === SPACE || (byte >= FIRST_WHITE && byte <= LAST_WHITE)
}

/** Formats the reply to a token that is accepted. Its name is absent if no token is needed. */
export function formatAuthReply(name: string | undefined): string {
  return name === undefined ? `${AUTH}\n` : `${AUTH} ${name}\n`
}

/** The name in a reply to `AUTH`, empty if no token is needed; undefined if it is another reply. */
export function parseAuthReply(line: string): string | undefined {
  const reply = AUTH_REPLY.exec(line)
  return reply ? (reply[1] ?? '') : undefined
}
