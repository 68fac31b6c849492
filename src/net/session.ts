import { ByteWriter } from '../protocol/bytes.js'
import type { Line } from '../protocol/lines.js'
import { FOREIGN_ANSWER, type ForeignProtocol } from '../protocol/opening.js'
import type { Backlog, Backlogs } from './backlogs.js'
import type { Connection } from './connection.js'
import { AWAITED_REPLY_BYTES, MAX_UNANSWERED, REPLY_BYTES } from './limits.js'
import { SessionStream } from './session-stream.js'

/** Where the lines of a stream go. */
export interface LineSink {
  /** Sends whole lines. Returns whether it takes more; if not, `LineSource.resume` is called later. */
  send(lines: Uint8Array): boolean
}

/** Where they come from. Nothing comes before the first `resume`. */
export interface LineSource {
  resume(): void
  end(): void
}

/**
 * The outcome of one line: a reply that was written, a reply that follows later, no reply at all (for an `AT`), a stream of lines that starts
 * after the replies before it, a connection that becomes a link, or one that closes at once.
 */
export type Answer =
  | { readonly kind: 'reply' }
  | { readonly kind: 'later'; readonly reply: Promise<Uint8Array> }
  | { readonly kind: 'silence' }
  | { readonly kind: 'stream'; readonly open: (sink: LineSink) => LineSource }
  | { readonly kind: 'link'; readonly accept: () => void }
  | { readonly kind: 'close'; readonly why: string }

/** What a connection is when a line comes: new until its first line, later possibly a stream. */
export type SessionState = 'new' | 'open' | 'stream'

/** What a session asks of its server. */
export interface SessionEvents {
  /** Executes a line. An immediate reply is written to `out` as one line. */
  answer(line: Line, state: SessionState, out: ByteWriter): Answer
  /** The session has replies: `flush` must be called soon, after all input of this tick is processed. */
  due(session: Session): void
  /** Replies are being sent, one per line. */
  repliesSent(lines: Uint8Array): void
  /** The client speaks a foreign protocol: it gets an HTTP response, and the connection closes. */
  foreign(protocol: ForeignProtocol): void
  /** A reply that had to wait is being sent. It may have many lines. */
  lateReplySent(reply: Uint8Array): void
  closed(why: string | undefined): void
}

/** Why a connection is closed when clients together leave too much unread. */
const OVERFLOW = 'it left more replies unread than any other client, and there was no room for more'

interface Reply {
  /** Undefined while the reply is pending. */
  bytes: Uint8Array | undefined
  readonly isLate: boolean
}

// The replies of one turn. All sessions share it, since no turn is suspended halfway.
const written = new ByteWriter()

/**
 * A client's connection: executes its lines in order and replies in the same order, even when an early reply takes long. Backpressure: a
 * client that does not read its replies, or has many pending, is not read until that changes.
 */
export class Session {
  readonly #connection: Connection
  readonly #events: SessionEvents
  readonly #backlog: Backlog
  /** In the order of their lines. A reply is sent when it and all replies before it are complete. */
  #replies: Reply[] = []
  #replyBytes = 0
  #pending = 0
  #state: SessionState = 'new'
  #isLast = false
  #isClosing = false
  /** The stream that the connection has become. It starts after the replies before it. */
  #stream: SessionStream | undefined

  /** What the client does not read counts among `backlogs`. */
  constructor(connection: Connection, backlogs: Backlogs, events: SessionEvents) {
    this.#connection = connection
    this.#events = events
    this.#backlog = backlogs.add(() => {
      connection.destroy(OVERFLOW)
    })
    connection.setOwner({
      line: (line) => {
        this.#execute(line)
      },
      turnEnded: () => {
        this.#queueWritten()
      },
      foreign: (protocol) => {
        events.foreign(protocol)
        connection.dismiss(FOREIGN_ANSWER)
      },
      ended: () => {
        // A client that reads a stream may close its own side of the connection.
        if (!this.#stream) this.stop()
      },
      closed: (why) => {
        this.#backlog.end()
        this.#stream?.end()
        events.closed(why)
      },
    })
  }

  /** Accepts no more lines. Replies to the lines received so far are still sent, and then the connection closes. */
  stop(): void {
    this.#isLast = true
    this.#closeWhenDone()
  }

  /** Sends the replies that are complete in one write, so that a client that reads once sees whole replies. */
  flush(): void {
    const firstPending = this.#replies.findIndex(({ bytes }) => bytes === undefined)
    // One splice, since removing the first element of a long array moves all others.
    const ready = this.#replies.splice(0, firstPending === -1 ? this.#replies.length : firstPending)
    for (const reply of ready) {
      const bytes = reply.bytes as Uint8Array
      this.#replyBytes -= sizeOf(reply)
      if (reply.isLate) this.#events.lateReplySent(bytes)
      else this.#events.repliesSent(bytes)
    }
    if (ready.length > 0) this.#connection.write(joined(ready), this.#resumeReading)
    this.#resumeReading()
    if (this.#replies.length === 0 && !this.#isLast) this.#stream?.start()
    this.#closeWhenDone()
  }

  #execute(line: Line): void {
    if (this.#isLast) return
    const answer = this.#events.answer(line, this.#state, written)
    if (this.#state === 'new') this.#state = 'open'
    if (answer.kind === 'link') this.#handOver(answer.accept)
    else if (answer.kind === 'later') this.#queueLate(answer.reply)
    else if (answer.kind === 'stream') this.#become(answer.open)
    else if (answer.kind === 'close') this.#connection.destroy(answer.why)
    if (this.#isFull) this.#connection.pause()
  }

  #become(open: (sink: LineSink) => LineSource): void {
    const sent = (lines: Uint8Array): void => {
      this.#events.repliesSent(lines)
    }
    this.#state = 'stream'
    this.#stream = new SessionStream(this.#connection, open, sent)
    this.#events.due(this)
  }

  #handOver(accept: () => void): void {
    this.#backlog.end()
    accept()
  }

  #queueWritten(): void {
    if (written.length === 0) return
    this.#queue({ bytes: written.take(), isLate: false })
    this.#events.due(this)
  }

  #queueLate(late: Promise<Uint8Array>): void {
    this.#queueWritten()
    const reply: Reply = { bytes: undefined, isLate: true }
    this.#queue(reply)
    this.#pending += 1
    void late.then((bytes) => {
      this.#replyBytes -= sizeOf(reply)
      reply.bytes = bytes
      this.#replyBytes += sizeOf(reply)
      this.#pending -= 1
      this.#events.due(this)
    })
  }

  #queue(reply: Reply): void {
    this.#replies.push(reply)
    this.#replyBytes += sizeOf(reply)
  }

  /** Also counts the backlog as it is now, and the commands that wait. */
  get #isFull(): boolean {
    const { backlogBytes, waitingBytes } = this.#connection
    const mayGrow = this.#backlog.resize(backlogBytes + this.#replyBytes + written.length)
    const isFull = this.#pending >= MAX_UNANSWERED || !mayGrow
    this.#backlog.hold(isFull ? waitingBytes : 0)
    return isFull
  }

  readonly #resumeReading = (): void => {
    if (!this.#isFull) this.#connection.resume()
  }

  #closeWhenDone(): void {
    if (this.#isClosing || !this.#isLast || this.#replies.length > 0) return
    this.#isClosing = true
    this.#connection.close()
  }
}

function joined(replies: readonly Reply[]): Uint8Array {
  const parts = replies.map(({ bytes }) => bytes as Uint8Array)
  return parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts)
}

function sizeOf({ bytes }: Reply): number {
  return bytes === undefined ? AWAITED_REPLY_BYTES : REPLY_BYTES + bytes.length
}
