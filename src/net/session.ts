import type { Line } from '../protocol/lines.js'
import type { Connection } from './connection.js'
import { AWAITED_REPLY_BYTES, MAX_UNANSWERED, REPLY_BYTES } from './limits.js'

/** What becomes of one line: a reply now or later, no reply at all (an `AT`), or the connection turns into a link. */
export type Answer =
  | { readonly kind: 'reply'; readonly text: string }
  | { readonly kind: 'later'; readonly text: Promise<string> }
  | { readonly kind: 'silence' }
  | { readonly kind: 'link'; readonly become: (lines: Line[]) => void }

/** What a session asks of its server. */
export interface SessionEvents {
  /** Carries a line out. `isFirst` tells whether the client has sent nothing before. */
  answer(line: Line, isFirst: boolean): Answer
  /** Some lines were carried out, and their replies leave next: what neighbours must be told leaves before. */
  beforeReplies(): void
  /** How many bytes of replies may be kept for a client that does not read them yet. */
  maxBacklogBytes(): number
  /** A reply leaves. */
  replied(text: string): void
  closed(why: string | undefined): void
}

interface Reply {
  /** Undefined while it is waited for. */
  text: string | undefined
}

/**
 * A client's connection: carries out its lines in order and replies in the same order, also when an early reply takes long. A client that
 * does not read its replies, or waits for many, has its next lines wait too.
 */
export class Session {
  readonly #connection: Connection
  readonly #events: SessionEvents
  #lines: Line[] = []
  readonly #replies: Reply[] = []
  #replyBytes = 0
  #awaited = 0
  #isTurnDue = false
  #isFirst = true
  #isLast = false

  constructor(connection: Connection, events: SessionEvents) {
    this.#connection = connection
    this.#events = events
    connection.own({
      lines: (lines) => {
        if (this.#isLast) return
        this.#lines.push(...lines)
        this.#work()
      },
      ended: () => {
        this.#isLast = true
        this.#closeWhenDone()
      },
      drained: () => {
        this.#work()
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

  #work(): void {
    let carriedOut = 0
    for (const line of this.#lines) {
      if (this.#isFull) break
      carriedOut += 1
      const answer = this.#events.answer(line, this.#isFirst)
      this.#isFirst = false
      if (answer.kind === 'link') {
        answer.become(this.#lines.slice(carriedOut))
        return
      }
      this.#queue(answer)
    }
    this.#lines = this.#lines.slice(carriedOut)
    if (carriedOut > 0) this.#events.beforeReplies()
    this.#reply()
    if (this.#lines.length > 0) this.#connection.pause()
    else this.#connection.resume()
    this.#closeWhenDone()
  }

  // Not at once: where the answer is at hand, a client that asks and asks would be answered for ever before anybody else.
  #workSoon(): void {
    if (this.#isTurnDue) return
    this.#isTurnDue = true
    setImmediate(() => {
      this.#isTurnDue = false
      this.#work()
    })
  }

  get #isFull(): boolean {
    const backlogBytes = this.#connection.backlogBytes + this.#replyBytes
    return this.#awaited >= MAX_UNANSWERED || backlogBytes > this.#events.maxBacklogBytes()
  }

  #queue(answer: Exclude<Answer, { kind: 'link' }>): void {
    if (answer.kind === 'silence') return
    const reply: Reply = { text: answer.kind === 'reply' ? answer.text : undefined }
    this.#replies.push(reply)
    this.#replyBytes += sizeOf(reply)
    if (answer.kind === 'reply') return
    this.#awaited += 1
    void answer.text.then((text) => {
      this.#replyBytes -= sizeOf(reply)
      reply.text = text
      this.#replyBytes += sizeOf(reply)
      this.#awaited -= 1
      this.#workSoon()
    })
  }

  // All that can leave leaves in one write: a client that reads once sees each reply whole.
  #reply(): void {
    const awaited = this.#replies.findIndex(({ text }) => text === undefined)
    let batch = ''
    // All at once, since of a long array the first one cannot be taken without moving all others.
    for (const reply of this.#replies.splice(0, awaited === -1 ? this.#replies.length : awaited)) {
      const { text = '' } = reply
      this.#replyBytes -= sizeOf(reply)
      this.#events.replied(text)
      batch += text
    }
    if (batch !== '') this.#connection.write(batch)
  }

  #closeWhenDone(): void {
    if (this.#isLast && this.#lines.length === 0 && this.#replies.length === 0) this.#connection.close()
  }
}

function sizeOf({ text }: Reply): number {
  return text === undefined ? AWAITED_REPLY_BYTES : REPLY_BYTES + text.length
}
