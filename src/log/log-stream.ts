import { setTimeout as delay } from 'node:timers/promises'
import type { Writable } from 'node:stream'
import { ByteWriter } from '../protocol/bytes.js'

/** How much text may wait for the reader of the stream. */
const MAX_WAITING_BYTES = 16 * 1024 * 1024

/** A reader that does not read must not keep a server from stopping. */
const FLUSH_TIMEOUT_MS = 1_000

/** Writes lines to a stream, such as standard output: those of one turn of the event loop in one piece. */
export class LogStream {
  readonly #stream: Writable
  readonly #filling = new ByteWriter()
  #isDue = false

  constructor(stream: Writable) {
    this.#stream = stream
  }

  /** Whether too much text waits for the reader. */
  get isFull(): boolean {
    return this.#stream.writableLength + this.#filling.length >= MAX_WAITING_BYTES
  }

  /** The buffer to append whole lines to. Whoever has done so calls `commit` before anything else runs. */
  get buffer(): ByteWriter {
    return this.#filling
  }

  /** Writes whole lines, soon. */
  write(lines: string): void {
    const bytes = Buffer.from(lines)
    this.#filling.copy(bytes, 0, bytes.length)
    this.commit()
  }

  /** Writes what was appended to `buffer`, soon. */
  commit(): void {
    if (this.#isDue) return
    this.#isDue = true
    setImmediate(() => {
      this.#isDue = false
      this.#stream.write(this.#filling.take())
    })
  }

  /** Resolves when everything is written or cannot be written, at the latest after 1 s. */
  async flush(): Promise<void> {
    const timeout = new AbortController()
    const written = new Promise<void>((resolve) => {
      this.#stream.write(this.#filling.take(), () => {
        resolve()
      })
    })
    await Promise.race([written, delay(FLUSH_TIMEOUT_MS, undefined, timeout)])
    timeout.abort()
  }

  /** Flushes. The stream stays open. */
  close(): Promise<void> {
    return this.flush()
  }
}
