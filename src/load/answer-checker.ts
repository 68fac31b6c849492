import { PersonError } from '../person-error.js'
import { herdDialect } from './request-dialect.js'
import type { Target } from './load-connection.js'
import { ReplyScanner } from './reply-scanner.js'
import { RequestConnection, type RequestMode } from './request-connection.js'

/** The most unanswered questions. A server that looks up places for 64 clients of a connection at a time is never idle. */
const WINDOW = 64

const LF = 0x0a
const CR = 0x0d

/** Whether the `AT` line that a server gave for a client is right. The bytes are valid only until it returns. */
type AnswerJudge = (client: number, line: Buffer) => boolean

/** What was asked in vain. */
interface Unsettled {
  /** The clients with a wrong answer, or for which the server refused the question. */
  readonly clients: Uint32Array
  /** How many of them were refused. */
  readonly refused: number
}

interface AnswerCheckerOptions {
  readonly timeoutMs: number
  readonly mode: RequestMode
}

/** Asks one server where clients are, and has its answers judged. */
export class AnswerChecker {
  readonly #name: string
  readonly #client: RequestConnection
  readonly #window: number
  readonly #scanner = new ReplyScanner(herdDialect.accepts)
  readonly #outbox = Buffer.alloc(WINDOW * herdDialect.maxBytes)
  #unread: Buffer = Buffer.alloc(0)
  #clients: Uint32Array = new Uint32Array(0)
  #asked = 0
  #answered = 0
  readonly #isRight: AnswerJudge
  #unsettled: number[] = []
  #refused = 0
  #failure: PersonError | undefined
  #wake: () => void = () => undefined

  constructor(
    { name, address, token }: Target,
    { timeoutMs, mode }: AnswerCheckerOptions,
    isRight: AnswerJudge,
  ) {
    this.#name = name
    this.#isRight = isRight
    this.#window = mode === 'one-shot' ? 1 : WINDOW
    this.#client = new RequestConnection({ server: name, address, token, timeoutMs }, mode, {
      connected: () => undefined,
      received: (bytes, length) => {
        this.#read(bytes.subarray(0, length))
      },
      isWaiting: () => this.#answered < this.#clients.length,
      failed: (error) => {
        this.#fail(error)
      },
    })
  }

  /** How many of the clients of the last `ask` are answered. */
  get answered(): number {
    return this.#answered
  }

  /** Asks for each of these clients; returns those without a right answer. Throws a PersonError when the server fails. */
  async ask(clients: Uint32Array): Promise<Unsettled> {
    this.#clients = clients
    this.#asked = 0
    this.#answered = 0
    this.#unsettled = []
    this.#refused = 0
    this.#askMore()
    while (!this.#failure && this.#answered < clients.length)
      await new Promise<void>((resolve) => (this.#wake = resolve))
    if (this.#failure) throw this.#failure
    return { clients: Uint32Array.from(this.#unsettled), refused: this.#refused }
  }

  close(): void {
    this.#fail(new PersonError('the check was stopped'))
    this.#client.destroy()
  }

  // Sends half a window or more in one write, when that many answers have arrived.
  #askMore(): void {
    const until = Math.min(this.#clients.length, this.#answered + this.#window)
    if (until - this.#asked < Math.min(this.#window / 2, this.#clients.length - this.#asked)) return
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
    if (this.#scanner.isRefusal) this.#refused += 1
    else if (this.#isRight(client, lineIn(reply))) return
    this.#unsettled.push(client)
  }

  #fail(error: PersonError): void {
    this.#failure ??= error
    this.#wake()
  }
}

/** The first line of a reply, which may follow empty lines. */
function lineIn(reply: Buffer): Buffer {
  let start = 0
  while (reply[start] === LF || reply[start] === CR) start += 1
  return reply.subarray(start, reply.indexOf(LF, start))
}
