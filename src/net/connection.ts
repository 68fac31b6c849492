import type { Socket } from 'node:net'
import { type Line, LineReader, type LineBatch } from '../protocol/lines.js'
import { Opening, type ForeignProtocol, type Opened } from '../protocol/opening.js'
import {
  BYTES_PER_TURN,
  CLOSE_TIMEOUT_MS,
  DISMISS_MS,
  LINES_PER_TURN,
  MAX_LINK_LINE_BYTES,
  TURNS_OF_A_LINK,
} from './limits.js'
import { socketErrorText } from './socket-error-text.js'

/** Prefetches the table entries that a batch of lines needs. The batch is valid during the call. */
export type Prefetch = (lines: LineBatch) => void

/** The events that a connection reports to its owner. */
export interface ConnectionEvents {
  /** A line has arrived, valid during the call. */
  line(line: Line): void
  /** The read budget of this turn is used up, or no line is left; other connections have their turn now. */
  turnEnded?(): void
  /** A screened peer speaks a foreign protocol. None of its lines is delivered. */
  foreign?(protocol: ForeignProtocol): void
  /** The peer will send no more, but may still receive. */
  ended(): void
  /** The backlog has been sent. */
  drained?(): void
  /** The connection is closed. `why` is the reason in words if it broke. */
  closed(why: string | undefined): void
}

/**
 * A TCP connection as lines in and bytes out. It has one owner at a time. A read budget limits how many lines are delivered per turn, so
 * that all connections are served in turn.
 */
export class Connection {
  /** The other end: `127.0.0.1:50112`. */
  readonly peer: string
  /** Called with a batch of lines before the first of them is delivered. */
  prefetch: Prefetch | undefined
  readonly #socket: Socket
  readonly #reader: LineReader
  // What a client sends while others have their turn stays in the system's buffers, and then TCP stops the client.
  #maxUnreadBytes = 0
  #turns = 1
  #owner: ConnectionEvents | undefined
  #lastReceivedAt = performance.now()
  #turn: NodeJS.Immediate | undefined
  #isPaused = false
  #isEnding = false
  #opening: Opening | undefined

  constructor(socket: Socket, maxLineBytes?: number) {
    this.#socket = socket
    this.peer = formatAddress(socket.remoteAddress, socket.remotePort)
    this.#reader = new LineReader(maxLineBytes)
    let why: string | undefined
    // Replies are small and urgent: never wait to fill a packet.
    socket.setNoDelay(true)
    socket.on('data', (chunk: Uint8Array) => {
      this.#lastReceivedAt = performance.now()
      if (this.#opening) this.#open(this.#opening.push(chunk))
      else this.#receive(chunk)
    })
    socket.on('end', () => {
      if (this.#opening) this.#open(this.#opening.finish())
      this.#isEnding = true
      if (!this.#turn) this.#end()
    })
    socket.on('drain', () => this.#owner?.drained?.())
    socket.on('timeout', () => socket.destroy(new Error('idle for too long')))
    socket.on('error', (error) => (why = socketErrorText(error)))
    socket.on('close', () => {
      clearImmediate(this.#turn)
      this.#owner?.closed(why)
    })
  }

  /** Hands the connection to a new owner, which alone receives events from now on. */
  setOwner(owner: ConnectionEvents): void {
    this.#owner = owner
    if (this.#reader.unreadBytes > 0) this.#continue()
  }

  /** Delivers no line until the first bytes show that the peer sends commands. Must be called before anything is read. */
  screen(): void {
    this.#opening = new Opening()
  }

  /**
   * Ends the input when the first line is still without a line end, no byte has come for this long, and it is `isWhole`. Must be called
   * after `screen`.
   */
  endWhenIdle(milliseconds: number, isWhole: (line: string) => boolean): void {
    const timer = setTimeout(() => {
      if (!this.#opening || !isWhole(this.#opening.text)) return
      this.#open(this.#opening.finish())
      this.#isEnding = true
      if (!this.#turn) this.#end()
    }, milliseconds)
    this.#socket.on('data', () => timer.refresh())
    this.onceClosed(() => {
      clearTimeout(timer)
    })
  }

  /** Applies the limits of a link: longer lines, as much read ahead as one such line, and the read budget of several turns in one. */
  becomeLink(): void {
    this.#reader.maxBytes = MAX_LINK_LINE_BYTES
    this.#maxUnreadBytes = MAX_LINK_LINE_BYTES
    this.#turns = TURNS_OF_A_LINK
  }

  /**
   * When bytes last arrived, on the clock of `performance.now()`: the present while received bytes are unread, and the time of the
   * connection before anything has arrived.
   */
  get lastReceivedAt(): number {
    return this.#reader.unreadBytes > 0 ? performance.now() : this.#lastReceivedAt
  }

  /** When bytes last arrived, or the time of the connection, on the same clock; also while received bytes are unread. */
  get lastArrivalAt(): number {
    return this.#lastReceivedAt
  }

  /** The number of bytes sent and received. With TLS, plaintext bytes are counted. */
  get traffic(): { readonly sentBytes: number; readonly receivedBytes: number } {
    return { sentBytes: this.#socket.bytesWritten, receivedBytes: this.#socket.bytesRead }
  }

  /** Delivers all lines that have arrived, at once. */
  readAll(): void {
    while (this.#reader.next()) this.#owner?.line(this.#reader)
  }

  /** Calls back when the connection is closed, also after it has another owner. */
  onceClosed(closed: () => void): void {
    this.#socket.once('close', closed)
  }

  /** Resolves when the connection is closed. */
  get closed(): Promise<void> {
    if (this.#socket.closed) return Promise.resolve()
    return new Promise((resolve) => {
      this.onceClosed(resolve)
    })
  }

  /** Sends bytes or latin1 text. What the peer does not read yet becomes backlog. `sent` is called when none of it is left in it. */
  write(data: Uint8Array | string, sent?: () => void): void {
    if (this.#socket.writable) this.#socket.write(data, 'latin1', sent)
  }

  /** The number of bytes that are written but not sent. */
  get backlogBytes(): number {
    return this.#socket.writableLength
  }

  /** The memory that received bytes need which are not delivered yet. All bytes that were read at once are kept until the last is delivered. */
  get waitingBytes(): number {
    return this.#reader.unreadBytes > 0 ? this.#reader.bytes.length : 0
  }

  /** Delivers no more lines until the connection is resumed. */
  pause(): void {
    this.#isPaused = true
    this.#socket.pause()
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#continue()
  }

  /** Closes the connection when it has been idle for this long in both directions; 0 means never. */
  closeWhenIdle(milliseconds: number): void {
    this.#socket.setTimeout(milliseconds)
  }

  /** Has the system check, while nothing is sent or received, that the peer is still there. */
  keepAlive(milliseconds: number): void {
    this.#socket.setKeepAlive(true, milliseconds)
  }

  /** Sends the backlog, then closes, whether or not the peer closes. A timeout closes it if the peer does not read. */
  close(): void {
    this.#socket.setTimeout(CLOSE_TIMEOUT_MS)
    this.#socket.destroySoon()
  }

  /**
   * Sends a last answer and closes, even if the peer keeps sending or never reads. What the peer sends is dropped for a while, because
   * closing with unread bytes would reset the connection, and the reset could destroy the answer before the peer reads it.
   */
  dismiss(answer: string, waitMs: number = DISMISS_MS): void {
    const timeout = setTimeout(() => this.#socket.destroy(), waitMs)
    this.onceClosed(() => {
      clearTimeout(timeout)
    })
    this.#socket.end(answer, 'latin1')
  }

  /** Closes at once and drops the backlog. `why` is passed to the owner's `closed`. */
  destroy(why?: string): void {
    this.#socket.destroy(why === undefined ? undefined : new Error(why))
  }

  // A foreign peer is never read again: its opening drops all further bytes.
  #open(opened: Opened): void {
    if (opened.kind === 'foreign') this.#owner?.foreign?.(opened.protocol)
    if (opened.kind !== 'lines') return
    this.#opening = undefined
    this.#receive(opened.bytes)
  }

  #receive(bytes: Uint8Array): void {
    this.#reader.push(bytes)
    if (this.#turn) return
    this.#read()
    // A link reads so much at once that more would arrive and be read, again and again, before others have their turn.
    if (this.#turns > 1) this.#waitTurn()
  }

  #read(): void {
    const reader = this.#reader
    const unreadAfter = reader.unreadBytes - this.#turns * BYTES_PER_TURN
    for (let left = this.#turns * LINES_PER_TURN; left > 0 && this.#mayRead; left -= 1) {
      if (!reader.hasTokenized && this.prefetch)
        this.prefetch(reader.tokenizeAhead(left, reader.unreadBytes - unreadAfter))
      if (!reader.next()) break
      this.#owner?.line(reader)
      if (reader.unreadBytes < unreadAfter) break
    }
    this.#owner?.turnEnded?.()
    this.#continue()
  }

  get #mayRead(): boolean {
    return this.#owner !== undefined && !this.#isPaused && !this.#socket.destroyed
  }

  /** Schedules the next turn for unread bytes, and pauses the socket while there are too many of them. */
  #continue(): void {
    if (this.#reader.unreadBytes > this.#maxUnreadBytes) this.#socket.pause()
    else if (!this.#isPaused) this.#socket.resume()
    if (this.#reader.unreadBytes > 0 && this.#mayRead) this.#waitTurn()
  }

  #waitTurn(): void {
    this.#turn ??= setImmediate(() => {
      this.#turn = undefined
      if (this.#reader.unreadBytes > 0) {
        if (!this.#mayRead) return
        this.#read()
      }
      if (this.#isEnding) this.#end()
    })
  }

  #end(): void {
    if (this.#reader.unreadBytes > 0) return
    this.#reader.finish()
    this.readAll()
    this.#owner?.turnEnded?.()
    this.#owner?.ended()
  }
}

/** Formats an address: `127.0.0.1:12104`, `[::1]:12104`. Host and port are unknown if the connection broke at once. */
export function formatAddress(host = 'unknown', port = 0): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
