import { LF, toBytes, toText, type ByteWriter } from '../protocol/bytes.js'
import { DropCounter } from './drop-counter.js'
import { formatEntry, formatTime, type Entry, type LineHeader } from './entry.js'
import { endsPrefix, maskTokens, PREFIX_END } from './mask-tokens.js'
import type { LogLineBytes } from './peer-log.js'
import type { RotatingFile } from './rotating-file.js'

const QUOTE = 34
const BACKSLASH = 92
const CLOSING_BRACE = 125
const FIRST_PRINTABLE = 32
const LAST_PRINTABLE = 126

/** Where the time stands in an entry: after `{"time":"`. */
const TIME_START = 9
const EPOCH = formatTime(0n)

/** How many bytes follow the line: `"}` and LF. */
const END_BYTES = 3

export interface EntryWriterOptions {
  /** The name of the server that logs. */
  readonly server: string
  /** Nanoseconds since 1970. */
  readonly clock: () => bigint
  readonly file: Pick<RotatingFile, 'isFull' | 'buffer' | 'commit' | 'write'>
}

/**
 * Writes log entries, one JSON object per line, with tokens masked. Entries that the file cannot take are dropped; their number is logged before the next one.
 *
 * Nearly all entries are lines from and to peers. Those are copied as bytes after a prefix that is made once per peer: a call of JSON.stringify
 * for each would cost more than the rest of what a server does for a line. Lines of one turn of the event loop share the time of the first.
 */
export class EntryWriter {
  readonly #server: string
  readonly #clock: () => bigint
  readonly #file: EntryWriterOptions['file']
  readonly #drops: DropCounter
  /** The time that lines have until the turn is over. */
  #lineTime: Uint8Array | undefined
  #isTurnEndDue = false

  constructor({ server, clock, file }: EntryWriterOptions) {
    this.#server = server
    this.#clock = clock
    this.#file = file
    this.#drops = new DropCounter(
      () => file.isFull,
      (dropped) => {
        const why = `log entries dropped here because the disk was full or too slow: ${dropped}`
        this.#appendNow({ kind: 'server', what: 'fault', why })
      },
    )
  }

  /** Writes an entry of any kind. */
  write(entry: Entry): void {
    if (this.#drops.admits()) this.#appendNow(entry)
  }

  /** Returns a function that writes entries which differ in their line only. */
  lineWriter(header: LineHeader): LogLineBytes {
    const entry = JSON.stringify({ time: EPOCH, server: this.#server, ...header, line: '' })
    const prefix = Buffer.from(entry.slice(0, -'"}'.length))
    let prefixTime: Uint8Array | undefined
    return (bytes, start, end) => {
      if (!this.#drops.admits()) return
      const time = (this.#lineTime ??= this.#startTurn())
      if (time !== prefixTime) prefix.set(time, TIME_START)
      prefixTime = time
      if (appendLine(this.#file.buffer, prefix, bytes, start, end)) this.#file.commit()
      else this.#append(toText(time), { ...header, line: toText(bytes, start, end) })
    }
  }

  #appendNow(entry: Entry): void {
    this.#append(formatTime(this.#clock()), entry)
    // A line that follows in this turn must not have an earlier time.
    this.#lineTime = undefined
  }

  #append(time: string, entry: Entry): void {
    this.#file.write(`${maskTokens(formatEntry({ time, server: this.#server, entry }))}\n`)
  }

  #startTurn(): Uint8Array {
    if (!this.#isTurnEndDue) {
      this.#isTurnEndDue = true
      setImmediate(() => {
        this.#isTurnEndDue = false
        this.#lineTime = undefined
      })
    }
    return toBytes(formatTime(this.#clock()))
  }
}

/**
 * Appends an entry to `out`. Returns false, and appends nothing, if the line has a byte that JSON must escape or that is not ASCII, or if it may have
 * a token.
 */
function appendLine(
  out: ByteWriter,
  prefix: Uint8Array,
  line: Uint8Array,
  start: number,
  end: number,
): boolean {
  out.reserve(prefix.length + end - start + END_BYTES)
  const { bytes } = out
  bytes.set(prefix, out.length)
  let at = out.length + prefix.length
  for (let index = start; index < end; index += 1) {
    const byte = line[index] as number
    if (byte < FIRST_PRINTABLE || byte > LAST_PRINTABLE || byte === QUOTE || byte === BACKSLASH) return false
    if (byte === PREFIX_END && endsPrefix(line, start, index)) return false
    bytes[at++] = byte
  }
  bytes[at++] = QUOTE
  bytes[at++] = CLOSING_BRACE
  bytes[at++] = LF
  out.length = at
  return true
}
