import type { PersonError } from '../person-error.js'
import { toBytes, toText } from '../protocol/bytes.js'
import { ReplyReader, type Reply } from '../protocol/replies.js'
import { RawClient, type ServerAccess } from './raw-client.js'

/** The longest reply that is read. A reply with 20 places has about 30 KiB. */
const MAX_REPLY_BYTES = 8 * 1024 * 1024

export interface ClientOptions extends ServerAccess {
  /** Called with the replies, in the order of the commands. */
  readonly onReply: (reply: Reply) => void
}

/** A client's connection to a server, in commands and replies. Every method throws or rejects with a PersonError when the server fails. */
export class Client {
  readonly #options: ClientOptions
  readonly #raw: RawClient
  readonly #reader = new ReplyReader()
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
      failed: (error) => {
        this.#failure = error
        this.#wake()
      },
    })
  }

  /** Sends a command, given without its line end. Resolves when more can be sent. */
  async send(line: string): Promise<void> {
    this.#reader.expect(line)
    // If something were written before a TLS handshake that fails, OpenSSL would report the write and not the cause.
    await this.#until(() => this.#raw.isConnected)
    if (this.#raw.write(toBytes(`${line}\n`))) return
    await this.#until(() => !this.#raw.needsDrain)
  }

  /** Resolves when everything that was sent has been answered. */
  async answered(): Promise<void> {
    await this.#until(() => this.#reader.outstanding === 0)
  }

  /** Closes the connection when everything that was sent has been answered. */
  async end(): Promise<void> {
    await this.answered()
    this.#raw.end()
    await this.#until(() => this.#raw.isClosed)
  }

  /** Closes the connection at once. */
  destroy(): void {
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

  #wake(): void {
    for (const wake of this.#waiters.splice(0)) wake()
  }

  #read(text: string): void {
    for (const reply of this.#reader.push(text)) this.#options.onReply(reply)
    if (this.#reader.unreadBytes > MAX_REPLY_BYTES)
      this.#raw.fail(`${this.#options.server} sent a reply of over ${MAX_REPLY_BYTES} bytes`)
    this.#wake()
  }
}
