import type { PersonError } from '../person-error.js'
import { toBytes, toText } from '../protocol/bytes.js'
import { ReplyReader, type Reply } from '../protocol/replies.js'
import { RawClient, type ServerAccess } from './raw-client.js'

/** The longest reply that is read. A reply with 20 places has about 30 KiB. */
const MAX_REPLY_BYTES = 8 * 1024 * 1024

/** The most unanswered commands, so that a million commands do not wait in memory. */
export const MAX_UNANSWERED = 10_000

/** Lines are written at once when there are so many bytes of them. */
const WRITE_BYTES = 64 * 1024

/** How long a server may take before the client closes its side: some servers answer only then. Then the client waits on. */
export const HALF_CLOSE_MS = 1_000

/** How long the server may take to close the connection when everything is answered. Until then it may refuse an `AT`. */
export const LINGER_MS = 1_000

export interface ClientOptions extends ServerAccess {
  /** Called with replies that have arrived together, in the order of the commands. */
  readonly onReplies: (replies: readonly Reply[]) => void
}

/**
 * A client's connection to a server, in commands and replies. Every reply must be complete within the timeout, counted from the reply before
 * it, but what a `WATCH` watches may never change. Every method throws or rejects with a PersonError when the server fails.
 */
export class Client {
  readonly #options: ClientOptions
  readonly #raw: RawClient
  readonly #reader = new ReplyReader()
  /** Lines of this tick, which leave in one write. */
  #unsent = ''
  /** How many commands are answered. */
  #answered = 0
  #replyTimer: NodeJS.Timeout | undefined
  #failure: PersonError | undefined
  readonly #waiters: (() => void)[] = []

  constructor(options: ClientOptions) {
    this.#options = options
    const wake = (): void => {
      this.#wake()
    }
    this.#raw = new RawClient(options, {
      connected: wake,
      drained: wake,
      closed: wake,
      received: (bytes, length) => {
        this.#read(toText(bytes, 0, length))
      },
      isWaiting: () => this.#reader.outstanding > 0,
      mayBeSilent: () => this.#reader.isStreaming,
      failed: (error) => {
        clearTimeout(this.#replyTimer)
        this.#failure = error
        this.#wake()
      },
    })
  }

  /** Why the connection failed. */
  get failure(): PersonError | undefined {
    return this.#failure
  }

  /** Whether the server sends what is watched, or nothing, for ever. */
  get isStreaming(): boolean {
    return this.#reader.isStreaming
  }

  /** How many commands are answered, of how many that get a reply, and the first that is not. */
  get progress(): { readonly answered: number; readonly sent: number; readonly oldest: string | undefined } {
    const { outstanding, oldest } = this.#reader
    return { answered: this.#answered, sent: this.#answered + outstanding, oldest }
  }

  /** Resolves when the connection is ready. */
  async connected(): Promise<void> {
    await this.#until(() => this.#raw.isConnected)
  }

  /** Sends a command, given without its line end. Resolves when more can be sent. */
  async send(line: string): Promise<void> {
    await this.#until(() => this.#reader.outstanding < MAX_UNANSWERED)
    this.#reader.expect(line)
    if (this.#reader.outstanding === 1) this.#restartTimer()
    // If something were written before a TLS handshake that fails, OpenSSL would report the write and not the cause.
    await this.connected()
    if (this.#unsent === '')
      setImmediate(() => {
        this.#flush()
      })
    this.#unsent += `${line}\n`
    if (this.#unsent.length >= WRITE_BYTES) this.#flush()
    await this.#until(() => !this.#raw.needsDrain)
  }

  /** Resolves when everything that was sent has been answered. */
  async answered(): Promise<void> {
    await this.#until(() => this.#reader.outstanding === 0)
  }

  /** Closes the connection when everything that was sent has been answered. */
  async end(): Promise<void> {
    this.#flush()
    await this.#within(HALF_CLOSE_MS, () => this.#reader.outstanding === 0)
    this.#raw.end()
    await this.answered()
    await this.#within(LINGER_MS, () => this.#raw.isClosed)
    this.destroy()
  }

  /** Gives the server up: what it sent is wrong. */
  fail(message: string, hint?: string): void {
    this.#raw.fail(message, hint)
  }

  /** Closes the connection at once. */
  destroy(): void {
    clearTimeout(this.#replyTimer)
    this.#unsent = ''
    this.#raw.destroy()
  }

  /** Never resolves; rejects when the connection fails, also while no reply is outstanding. */
  lost(): Promise<void> {
    return this.#until(() => false)
  }

  async #until(reached: () => boolean): Promise<void> {
    while (!this.#failure && !reached()) await new Promise<void>((resolve) => this.#waiters.push(resolve))
    if (this.#failure) throw this.#failure
  }

  async #within(milliseconds: number, reached: () => boolean): Promise<void> {
    let isOver = false
    const timer = setTimeout(() => {
      isOver = true
      this.#wake()
    }, milliseconds)
    try {
      await this.#until(() => isOver || reached())
    } finally {
      clearTimeout(timer)
    }
  }

  #flush(): void {
    if (this.#unsent !== '' && !this.#failure) this.#raw.write(toBytes(this.#unsent))
    this.#unsent = ''
  }

  #wake(): void {
    for (const wake of this.#waiters.splice(0)) wake()
  }

  #read(text: string): void {
    const replies = this.#reader.push(text)
    if (replies.length > 0) {
      this.#options.onReplies(replies)
      // A reply for which the server is given up is no answer.
      if (this.#failure) return
      if (!this.#reader.isStreaming) for (const { kind } of replies) if (kind !== 'blank') this.#answered += 1
      this.#restartTimer()
    }
    if (this.#reader.unreadBytes > MAX_REPLY_BYTES)
      this.#raw.fail(`${this.#options.server} sent a reply of over ${MAX_REPLY_BYTES} bytes`)
    this.#wake()
  }

  /** The socket times out only when it is silent, but a reply must be complete in time. */
  #restartTimer(): void {
    clearTimeout(this.#replyTimer)
    if (this.#reader.outstanding === 0 || this.#reader.isStreaming) return
    const answered = this.#answered
    this.#replyTimer = setTimeout(() => {
      // If this process itself was held up, the reply may have arrived meanwhile: it is read before the check.
      setImmediate(() => {
        if (this.#answered === answered) this.#raw.timeOut()
      })
    }, this.#options.timeoutMs)
  }
}
