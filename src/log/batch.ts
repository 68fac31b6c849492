import { toBytes, type ByteWriter } from '../protocol/bytes.js'
import type { LineHeader } from './entry.js'

const COMMA = 44
const QUOTE = 34
const BACKSLASH = 92
const FIRST_PRINTABLE = 32
const LAST_PRINTABLE = 126

const BEGIN = toBytes('{"time":"')
const LINE = toBytes(',"line":')
const LINES = toBytes(',"lines":[')
const END_OF_LINE = toBytes('}\n')
const END_OF_LINES = toBytes(']}\n')

/**
 * Lines that came or went in one turn: as many entries that are alike but for their lines, and one JSON object in the log. It is made of
 * the bytes themselves, since to make text of them and JSON of the text would take longer than all else that a server does for a line.
 */
export class Batch {
  /** What is between the time and the lines. */
  readonly #head: Buffer
  /** The lines as JSON strings, one comma apart; while it has none it holds no memory for them. */
  #lines: ByteWriter | undefined
  /** How many lines are in it. */
  size = 0

  /** `server` is the name of the server that logs. */
  constructor(server: string, traffic: LineHeader) {
    this.#head = Buffer.from(`",${JSON.stringify({ server, ...traffic }).slice(1, -1)}`)
  }

  /** How many bytes its lines take. */
  get bytes(): number {
    return this.#lines?.length ?? 0
  }

  /** From now on lines are put into `lines`, which is empty. */
  begin(lines: ByteWriter): void {
    this.#lines = lines
  }

  /** Takes in a line, without its line end; gives whether it has, which it has not if JSON would have to escape any of it. */
  add(line: Buffer, start: number, end: number): boolean {
    const lines = this.#lines as ByteWriter
    lines.reserve(end - start + 3)
    const { bytes } = lines
    let at = lines.length
    if (this.size > 0) bytes[at++] = COMMA
    bytes[at++] = QUOTE
    for (let index = start; index < end; index += 1) {
      const byte = line[index] as number
      if (byte < FIRST_PRINTABLE || byte > LAST_PRINTABLE || byte === QUOTE || byte === BACKSLASH)
        return false
      bytes[at++] = byte
    }
    bytes[at++] = QUOTE
    lines.length = at
    this.size += 1
    return true
  }

  /** Writes the JSON object of a time, and a line end, if there is any line in it. Gives back what its lines were put into, empty. */
  end(time: Buffer, out: ByteWriter): ByteWriter {
    const lines = this.#lines as ByteWriter
    if (this.size > 0) {
      out.copy(BEGIN, 0, BEGIN.length)
      out.copy(time, 0, time.length)
      out.copy(this.#head, 0, this.#head.length)
      const [begin, end] = this.size === 1 ? [LINE, END_OF_LINE] : [LINES, END_OF_LINES]
      out.copy(begin, 0, begin.length)
      out.copy(lines.bytes, 0, lines.length)
      out.copy(end, 0, end.length)
    }
    this.size = 0
    this.#lines = undefined
    lines.length = 0
    return lines
  }
}
