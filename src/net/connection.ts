import type { Socket } from 'node:net'
import { type Line, LineReader, type LinesAhead } from '../protocol/lines.js'
import { Opening, type ForeignProtocol, type Opened } from '../protocol/opening.js'
import {
  BYTES_PER_TURN,
  CLOSE_TIMEOUT_MS,
  DISMISS_MS,
  KEEP_ALIVE_MS,
  LINES_PER_TURN,
  MAX_LINK_LINE_BYTES,
  TURNS_OF_A_LINK,
} from './limits.js'
import { socketErrorText } from './socket-error-text.js'

/** Fetches what will be needed to carry out some lines, which are valid during the call. */
export type Prefetch = (lines: LinesAhead) => void

/** What the owner of a connection is told. */
export interface ConnectionEvents {
  /** A line has arrived, valid during the call. */
  line(line: Line): void
  /** It has been told of some lines, and others have their turn now. */
  turnOver?(): void
  /** A peer that is screened speaks a foreign protocol; no line of it is delivered. */
  foreign?(protocol: ForeignProtocol): void
  /** The peer will send no more, but may still read. */
  ended(): void
  /** All that was written has left, after it could not for a while. */
  drained?(): void
  /** The connection is gone; `why` says so in words if it broke. */
  closed(why: string | undefined): void
}

/**
 * A TCP connection as lines in and bytes out. It has one owner at a time, who is told of lines a few at a time, in turn with those of all
 * other connections.
 */
export class Connection {
  /** The other end: `127.0.0.1:50112`. */
  readonly peer: string
  /** Is given lines that have arrived before the first of them is delivered. */
  prefetch: Prefetch | undefined
  readonly #socket: Socket
  readonly #reader: LineReader
  // What a client sends while others have their turn stays with the system, and then the client has to wait.
  #maxUnreadBytes = 0
  #turns = 1
  #owner: ConnectionEvents | undefined
  #heardAt = performance.now()
  #turn: NodeJS.Immediate | undefined
  #isPaused = false
  #isEnding = false
  #opening: Opening | undefined

  constructor(socket: Socket, maxLineBytes?: number) {
    this.#socket = socket
    this.peer = formatAddress(socket.remoteAddress, socket.remotePort)
    this.#reader = new LineReader(maxLineBytes)
    let why: string | undefined
    // Replies are small and wanted at once: never wait to fill a packet.
    socket.setNoDelay(true)
    socket.on('data', (chunk: Buffer) => {
      this.#heardAt = performance.now()
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

  /** Hands the connection to a new owner, who alone is told from now on. */
  own(owner: ConnectionEvents): void {
    this.#owner = owner
    if (this.#reader.unreadBytes > 0) this.#goOn()
  }

  /** Delivers no line until the first one shows that the peer sends commands. Must be called before anything is read. */
  screen(): void {
    this.#opening = new Opening()
  }

  /** It is a link from now on: takes lines between servers, as much as one of them before it is their turn, and several turns' lines in one. */
  becomeLink(): void {
    this.#reader.maxBytes = MAX_LINK_LINE_BYTES
    this.#maxUnreadBytes = MAX_LINK_LINE_BYTES
    this.#turns = TURNS_OF_A_LINK
  }

  /**
   * When anything at all last came, on the clock of `performance.now()`: now, while some of it has still to be read; at first, when the
   * connection was made.
   */
  get heardAt(): number {
    return this.#reader.unreadBytes > 0 ? performance.now() : this.#heardAt
  }

  /** How many bytes it has carried; within TLS, if it is secured. */
  get carried(): { readonly sentBytes: number; readonly receivedBytes: number } {
    return { sentBytes: this.#socket.bytesWritten, receivedBytes: this.#socket.bytesRead }
  }

  /** Tells its owner at once of all that has come. */
  readAll(): void {
    while (this.#reader.next()) this.#owner?.line(this.#reader)
  }

  /** Calls back when the connection is gone, whoever owns it then. */
  onceClosed(closed: () => void): void {
    this.#socket.once('close', closed)
  }

  /** Resolves when the connection is gone. */
  get closed(): Promise<void> {
    if (this.#socket.closed) return Promise.resolve()
    return new Promise((resolve) => {
      this.onceClosed(resolve)
    })
  }

  /** Has the system find out when a peer that says nothing is not there any more. */
  keepAlive(): void {
    this.#socket.setKeepAlive(true, KEEP_ALIVE_MS)
  }

  /** Sends bytes, or latin1 text; what the peer does not read yet is kept. */
  write(data: Buffer | string): void {
    if (this.#socket.writable) this.#socket.write(data, 'latin1')
  }

  /** How many bytes are written but not sent. */
  get backlogBytes(): number {
    return this.#socket.writableLength
  }

  /** Tells its owner of nothing more that comes, until it is resumed. */
  pause(): void {
    this.#isPaused = true
    this.#socket.pause()
  }

  resume(): void {
    if (!this.#isPaused) return
    this.#isPaused = false
    this.#goOn()
  }

  /** Closes the connection when nothing has come or gone for so long; 0 for never. */
  closeWhenIdle(milliseconds: number): void {
    this.#socket.setTimeout(milliseconds)
  }

  /** Sends what is left, then closes, whether or not the peer does; if the peer does not read that, after a while all the same. */
  close(): void {
    this.#socket.setTimeout(CLOSE_TIMEOUT_MS)
    this.#socket.destroySoon()
  }

  /**
   * Sends a last answer and closes, although the peer may go on sending or never read. What the peer sends is dropped for a while, because
   * closing with unread bytes would reset the connection, and the reset could destroy the answer before the peer reads it.
   */
  dismiss(answer: string, waitMs: number = DISMISS_MS): void {
    const timeout = setTimeout(() => this.#socket.destroy(), waitMs)
    this.onceClosed(() => {
      clearTimeout(timeout)
    })
    this.#socket.end(answer, 'latin1')
  }

  /** Closes at once, and what is not sent is lost; `why` is what the owner is told. */
  destroy(why?: string): void {
    this.#socket.destroy(why === undefined ? undefined : new Error(why))
  }

  /** A foreign peer is never read again: its opening drops all bytes. */
  #open(opened: Opened): void {
    if (opened.kind === 'foreign') this.#owner?.foreign?.(opened.protocol)
    if (opened.kind !== 'lines') return
    this.#opening = undefined
    this.#receive(opened.bytes)
  }

  #receive(bytes: Buffer): void {
    this.#reader.push(bytes)
    if (this.#turn) return
    this.#read()
    // So much is read of it at once that more would come, and be read, ever again before others have their turn.
    if (this.#turns > 1) this.#waitTurn()
  }

  #read(): void {
    const reader = this.#reader
    const leaveBytes = reader.unreadBytes - this.#turns * BYTES_PER_TURN
    for (let left = this.#turns * LINES_PER_TURN; left > 0 && this.#isRead; left -= 1) {
      if (!reader.hasLooked && this.prefetch)
        this.prefetch(reader.lookAhead(left, reader.unreadBytes - leaveBytes))
      if (!reader.next()) break
      this.#owner?.line(reader)
      if (reader.unreadBytes < leaveBytes) break
    }
    this.#owner?.turnOver?.()
    this.#goOn()
  }

  get #isRead(): boolean {
    return this.#owner !== undefined && !this.#isPaused && !this.#socket.destroyed
  }

  /** Sees that what is left is read in the next turn, and that no more comes than may wait for it. */
  #goOn(): void {
    if (this.#reader.unreadBytes > this.#maxUnreadBytes) this.#socket.pause()
    else if (!this.#isPaused) this.#socket.resume()
    if (this.#reader.unreadBytes > 0 && this.#isRead) this.#waitTurn()
  }

  #waitTurn(): void {
    this.#turn ??= setImmediate(() => {
      this.#turn = undefined
      if (this.#reader.unreadBytes > 0) {
        if (!this.#isRead) return
        this.#read()
      }
      if (this.#isEnding) this.#end()
    })
  }

  #end(): void {
    if (this.#reader.unreadBytes > 0) return
    this.#reader.finish()
    this.readAll()
    this.#owner?.turnOver?.()
    this.#owner?.ended()
  }
}

/** `127.0.0.1:12104`, `[::1]:12104`. Of a connection that broke at once the system no longer knows either. */
export function formatAddress(host = 'unknown', port = 0): string {
  return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`
}
