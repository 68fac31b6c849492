import { authWordOf } from './auth-line.js'
import { LF, type ByteWriter } from './bytes.js'
import type { Line } from './lines.js'

/** What a server that accepts only TLS replies, after `? `, to whatever it is sent without TLS. No command reads so. */
export const TLS_ONLY = 'this server accepts TLS only'

/** Writes the reply to an invalid command: `? ` and an exact copy of the line; of an overlong line, its first bytes. A line that may hold a token is not copied. */
export function writeRefusal(out: ByteWriter, line: Line): void {
  const { bytes, start, end, isOverlong } = line
  const authWord = authWordOf(line)
  out.text('? ')
  if (authWord !== undefined) out.text(authWord)
  else {
    out.copy(bytes, start, end)
    if (isOverlong) out.text('...')
  }
  out.byte(LF)
}
