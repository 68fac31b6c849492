import { ByteWriter } from '../protocol/bytes.js'
import type { Line } from '../protocol/lines.js'
import { FOREIGN_ANSWER, type ForeignProtocol } from '../protocol/opening.js'
import type { Connection } from './connection.js'
import { AWAITED_REPLY_BYTES, MAX_UNANSWERED, REPLY_BYTES } from './limits.js'

/**
 * What becomes of one line: a reply now, which is written, or later, no reply at all (an `AT`), or the connection turns into a link, or
 * closes at once.
 */
export type Answer =
  | { readonly kind: 'reply' }
  | { readonly kind: 'later'; readonly reply: Promise<Buffer> }
  | { readonly kind: 'silence' }
  | { readonly kind: 'link'; readonly become: () => void }
  | { readonly kind: 'close'; readonly why: string }

/** What a session asks of its server. */
export interface SessionEvents {
  /** Carries a line out, and writes the reply, if it is there now, a line. `isFirst` tells whether the client has sent nothing before. */
  answer(line: Line, isFirst: boolean, out: ByteWriter): Answer
  /** There are replies: `leave` must be called soon, when all that is being heard now has been. */
  due(session: Session): void
  /** How many bytes of replies may be kept for a client that does not read them yet. */
  maxBacklogBytes(): number
  /** Replies leave, each a line. */
  replied(lines: Buffer): void
  /** The client speaks a foreign protocol: it gets an answer in HTTP, and the connection closes. */
  foreign(protocol: ForeignProtocol): void
  /** A reply leaves that was waited for, and may have many lines. */
  repliedLate(reply: Buffer): void
  closed(why: string | undefined): void
}

interface Reply {
  /** Undefined while it is waited for. */
  bytes: Buffer | undefined
  readonly isLate: boolean
}

// The replies of one turn. One for all sessions, since nothing waits in the middle of a turn.
const written = new ByteWriter()

/**
 * A client's connection: carries out its lines in order and replies in the same order, also when an early reply takes long. A client that
 * does not read its replies, or waits for many, has its next lines wait too.
 */
export class Session {
  readonly #connection: Connection
  readonly #events: SessionEvents
  /** In the order of their lines; those that are there leave when none before them is waited for. */
  #replies: Reply[] = []
  #replyBytes = 0
  #awaited = 0
  #isFirst = true
  #isLast = false

  constructor(connection: Connection, events: SessionEvents) {
    this.#connection = connection
    this.#events = events
    connection.own({
      line: (line) => {
        this.#carryOut(line)
      },
      turnOver: () => {
        this.#keepWritten()
      },
      foreign: (protocol) => {
        events.foreign(protocol)
        connection.dismiss(FOREIGN_ANSWER)
      },
      ended: () => {
        this.stop()
      },
      drained: () => {
        this.#goOn()
      },
      closed: (why) => {
        events.closed(why)
      },
    })
  }

  /** Takes no more lines; replies to those that have come still leave, and then the connection closes. */
  stop(): void {
    this.#isLast = true
    this.#closeWhenDone()
  }

  /** Sends what can leave, in one write: a client that reads once sees each reply whole. */
  leave(): void {
    const awaited = this.#replies.findIndex(({ bytes }) => bytes === undefined)
    // All at once, since of a long array the first one cannot be taken without moving all others.
    const leaving = this.#replies.splice(0, awaited === -1 ? this.#replies.length : awaited)
    for (const reply of leaving) {
      const bytes = reply.bytes as Buffer
      this.#replyBytes -= sizeOf(reply)
      if (reply.isLate) this.#events.repliedLate(bytes)
      else this.#events.replied(bytes)
    }
    if (leaving.length > 0) this.#connection.write(joined(leaving))
    this.#goOn()
    this.#closeWhenDone()
  }

  #carryOut(line: Line): void {
    if (this.#isLast) return
    const answer = this.#events.answer(line, this.#isFirst, written)
    this.#isFirst = false
    if (answer.kind === 'link') answer.become()
    else if (answer.kind === 'later') this.#await(answer.reply)
    else if (answer.kind === 'close') this.#connection.destroy(answer.why)
    if (this.#isFull) this.#connection.pause()
  }

  #keepWritten(): void {
    if (written.length === 0) return
    this.#queue({ bytes: written.take(), isLate: false })
    this.#events.due(this)
  }

  #await(late: Promise<Buffer>): void {
    this.#keepWritten()
    const reply: Reply = { bytes: undefined, isLate: true }
    this.#queue(reply)
    this.#awaited += 1
    void late.then((bytes) => {
      this.#replyBytes -= sizeOf(reply)
      reply.bytes = bytes
      this.#replyBytes += sizeOf(reply)
      this.#awaited -= 1
      this.#events.due(this)
    })
  }

  #queue(reply: Reply): void {
    this.#replies.push(reply)
    this.#replyBytes += sizeOf(reply)
  }

  get #isFull(): boolean {
    const backlogBytes = this.#connection.backlogBytes + this.#replyBytes + written.length
    return this.#awaited >= MAX_UNANSWERED || backlogBytes > this.#events.maxBacklogBytes()
  }

  #goOn(): void {
    if (!this.#isFull) this.#connection.resume()
  }

  #closeWhenDone(): void {
    if (this.#isLast && this.#replies.length === 0) this.#connection.close()
  }
}

function joined(replies: readonly Reply[]): Buffer {
  const parts = replies.map(({ bytes }) => bytes as Buffer)
  return parts.length === 1 ? (parts[0] as Buffer) : Buffer.concat(parts)
}

function sizeOf({ bytes }: Reply): number {
  return bytes === undefined ? AWAITED_REPLY_BYTES : REPLY_BYTES + bytes.length
}
