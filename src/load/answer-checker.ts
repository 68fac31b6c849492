import { RawClient } from '../net/raw-client.js'
import { PersonError } from '../person-error.js'
import { herdDialect } from './request-dialect.js'
import type { Target } from './load-connection.js'
import { ReplyScanner } from './reply-scanner.js'

/** The most unanswered questions. A server that looks up places for 64 clients of a connection at a time is never idle. */
const WINDOW = 64

const LF = 0x0a

/** Whether the `AT` line that a server gave for a client is right; undefined if it gave none. The bytes are valid only until it returns. */
type AnswerJudge = (client: number, line: Buffer | undefined) => boolean

/** Asks one server where clients are, and has its answers judged. */
export class AnswerChecker {
  readonly #name: string
  readonly #client: RawClient
  readonly #scanner = new ReplyScanner(herdDialect.accepts)
  readonly #outbox = Buffer.alloc(WINDOW * herdDialect.maxBytes)
  #unread: Buffer = Buffer.alloc(0)
  #clients: Uint32Array = new Uint32Array(0)
  #asked = 0
  #answered = 0
  readonly #isRight: AnswerJudge
  #wrong: number[] = []
  #failure: PersonError | undefined
  #wake: () => void = () => undefined

  constructor({ name, address }: Target, timeoutMs: number, isRight: AnswerJudge) {
    this.#name = name
    this.#isRight = isRight
    this.#client = new RawClient(
      { server: name, address, timeoutMs },
      {
        connected: () => undefined,
        received: (bytes, length) => {
          this.#read(bytes.subarray(0, length))
        },
        isWaiting: () => this.#answered < this.#clients.length,
        failed: (error) => {
          this.#fail(error)
        },
      },
    )
  }

  /** How many of the clients of the last `ask` are answered. */
  get answered(): number {
    return this.#answered
  }

  /** Asks for each of these clients; returns those with a wrong answer. Throws a PersonError when the server fails. */
  async ask(clients: Uint32Array): Promise<Uint32Array> {
    this.#clients = clients
    this.#asked = 0
    this.#answered = 0
    this.#wrong = []
    this.#askMore()
    while (!this.#failure && this.#answered < clients.length)
      await new Promise<void>((resolve) => (this.#wake = resolve))
    if (this.#failure) throw this.#failure
    return Uint32Array.from(this.#wrong)
  }

  close(): void {
    this.#fail(new PersonError('the check was stopped'))
    this.#client.destroy()
  }

  // Sends half a window or more in one write, when that many answers have arrived.
  #askMore(): void {
    const until = Math.min(this.#clients.length, this.#answered + WINDOW)
    if (until - this.#asked < Math.min(WINDOW / 2, this.#clients.length - this.#asked)) return
    let end = 0
    for (; this.#asked < until; this.#asked += 1)
      end = herdDialect.writeQuestion(this.#outbox, end, this.#clients[this.#asked] as number)
    // The socket gets a copy, because the previous questions may still wait in it while the outbox is overwritten.
    if (end > 0) this.#client.write(Buffer.from(this.#outbox.subarray(0, end)))
  }

  #read(bytes: Buffer): void {
    let scanned = this.#unread.length
    // Always a copy, because the next chunk overwrites these bytes.
    const unread = Buffer.concat([this.#unread, bytes])
    let start = 0
    for (;;) {
      scanned = this.#scanner.next(unread, scanned, unread.length, true)
      if (scanned === -1) break
      this.#judge(unread.subarray(start, scanned))
      start = scanned
    }
    this.#unread = unread.subarray(start)
    this.#askMore()
    if (this.#answered === this.#clients.length) this.#wake()
  }

  #judge(reply: Buffer): void {
    const client = this.#clients[this.#answered]
    if (client === undefined || this.#answered === this.#asked) {
      this.#client.fail(`${this.#name} sent a reply to no request`)
      return
    }
    this.#answered += 1
    const line = this.#scanner.isRefusal ? undefined : reply.subarray(0, reply.indexOf(LF))
    if (!this.#isRight(client, line)) this.#wrong.push(client)
  }

  #fail(error: PersonError): void {
    this.#failure ??= error
    this.#wake()
  }
}
