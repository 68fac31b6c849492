import { LF, type ByteWriter } from './bytes.js'
import type { Line } from './lines.js'

/** Writes the one reply to a line that is no valid command: `? ` and a copy of it, exactly as it came; of one that is too long, its head. */
export function writeRefusal(out: ByteWriter, { bytes, start, end, isOverlong }: Line): void {
  out.text('? ')
  out.copy(bytes, start, end)
  if (isOverlong) out.text('...')
  out.byte(LF)
}
