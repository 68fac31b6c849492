import type { Line } from './lines.js'

/** The one reply to a line that is no valid command: `? ` and a copy of it, exactly as it came; of an overlong one only its head. */
export function refusalOf(line: Line): string {
  switch (line.kind) {
    case 'line':
      return `? ${line.text}\n`
    case 'overlong':
      return `? ${line.head}...\n`
  }
}
