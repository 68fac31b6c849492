import { ByteWriter, toBytes, toText } from '../protocol/bytes.js'
import { Batch } from './batch.js'
import { formatTime, type Entry, type LineHeader } from './entry.js'

/** As many lines at most are written together: about what comes over a connection in one turn. */
const MAX_LINES = 256

/** And so many bytes: a log is read a line at a time. */
const MAX_BYTES = 64 * 1024

/** Memory for the lines of so many peers at most is kept from one turn to the next. */
const MAX_SPARE = 256

/** Takes a line in or out, without its line end; it is valid during the call. */
type TakeLine = (bytes: Buffer, start: number, end: number) => void

/** Logs the lines from and to one peer. */
export interface PeerLog {
  readonly in: TakeLine
  readonly out: TakeLine
}

export interface TogetherParts {
  readonly server: string
  /** Nanoseconds since 1970. */
  readonly clock: () => bigint
  /** Whether the file takes so many more entries, which are counted as missing if not. */
  readonly admits: (entries: number) => boolean
  /** Writes lines of the log. */
  readonly write: (lines: Buffer) => void
  /** Writes an entry on its own, when all before it is written. */
  readonly writeAlone: (entry: Entry) => void
}

/** Gathers the lines that come and go in one turn, by the peer that they come from or go to. */
export class Together {
  readonly #parts: TogetherParts
  /** Those with lines, in the order of their first. */
  readonly #begun: Batch[] = []
  /** What lines are put into, by whoever has some. */
  readonly #spare: ByteWriter[] = []
  readonly #out = new ByteWriter()
  // Of the first line of all: lines of one turn have one time.
  #at = 0n
  #isEndDue = false

  constructor(parts: TogetherParts) {
    this.#parts = parts
  }

  /** Lines from and to a peer are logged as such. */
  open({ peer, who }: Omit<LineHeader, 'kind'>): PeerLog {
    return { in: this.#taking({ kind: 'in', peer, who }), out: this.#taking({ kind: 'out', peer, who }) }
  }

  /** Writes what is gathered, since something else is written next, or the turn is over. */
  end(): void {
    if (this.#begun.length === 0) return
    const { admits, write } = this.#parts
    const time = toBytes(formatTime(this.#at))
    for (const batch of this.#begun.splice(0)) {
      const isAdmitted = batch.size > 0 && admits(batch.size)
      const lines = batch.end(time, this.#out)
      if (this.#spare.length < MAX_SPARE) this.#spare.push(lines)
      if (isAdmitted) write(this.#out.bytes.subarray(0, this.#out.length))
      this.#out.length = 0
    }
  }

  #begin(batch: Batch): void {
    if (this.#begun.length === 0) this.#beginTurn()
    batch.begin(this.#spare.pop() ?? new ByteWriter())
    this.#begun.push(batch)
  }

  #beginTurn(): void {
    this.#at = this.#parts.clock()
    if (this.#isEndDue) return
    this.#isEndDue = true
    setImmediate(() => {
      this.#isEndDue = false
      this.end()
    })
  }

  #taking(traffic: LineHeader): TakeLine {
    const batch = new Batch(this.#parts.server, traffic)
    return (bytes, start, end) => {
      if (batch.bytes === 0) this.#begin(batch)
      const isPlain = batch.add(bytes, start, end)
      if (!isPlain || batch.size === MAX_LINES || batch.bytes > MAX_BYTES) this.end()
      if (!isPlain) this.#parts.writeAlone({ ...traffic, line: toText(bytes, start, end) })
    }
  }
}
