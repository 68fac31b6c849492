import type { Connection } from './connection.js'
import { STREAM_BACKLOG_BYTES, STREAM_CHECK_MS, STREAM_IDLE_MS } from './limits.js'
import type { LineSink, LineSource } from './session.js'

/** A client's connection that has become a stream of lines. It takes lines only as fast as the client reads. */
export class SessionStream implements LineSink {
  readonly #connection: Pick<Connection, 'backlogBytes' | 'write' | 'closeWhenIdle' | 'keepAlive'>
  readonly #sent: (lines: Uint8Array) => void
  readonly #source: LineSource
  #hasStarted = false

  /** `open` opens the source of the lines, and `sent` is called with lines that are being sent. */
  constructor(
    connection: Pick<Connection, 'backlogBytes' | 'write' | 'closeWhenIdle' | 'keepAlive'>,
    open: (sink: LineSink) => LineSource,
    sent: (lines: Uint8Array) => void,
  ) {
    this.#connection = connection
    this.#sent = sent
    this.#source = open(this)
  }

  /** Lines may be sent from now on. */
  start(): void {
    if (this.#hasStarted) return
    this.#hasStarted = true
    this.#connection.keepAlive(STREAM_CHECK_MS)
    this.#resume()
  }

  send(lines: Uint8Array): boolean {
    this.#sent(lines)
    const isFull = this.#connection.backlogBytes + lines.length > STREAM_BACKLOG_BYTES
    this.#connection.write(lines, isFull ? this.#resume : undefined)
    // Only a client that reads nothing is silent now.
    if (isFull) this.#connection.closeWhenIdle(STREAM_IDLE_MS)
    return !isFull
  }

  end(): void {
    this.#source.end()
  }

  readonly #resume = (): void => {
    this.#connection.closeWhenIdle(0)
    this.#source.resume()
  }
}
