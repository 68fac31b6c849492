import { connect, type Socket } from 'node:net'
import { socketErrorText } from '../net/socket-error-text.js'
import { PersonError } from '../person-error.js'
import { herdDialect } from './dialect.js'
import type { Target } from './lane.js'

/** How many questions are asked at once: a server that looks up places for as many of one client at a time is never idle. */
const WINDOW = 64

const LF = 0x0a
const MILLISECONDS = 1_000

/** Whether what a server holds of a client, an `AT` line or nothing, is right. The bytes are good only until it returns. */
export type Judge = (client: number, line: Buffer | undefined) => boolean

/** A connection on which one server is asked where clients are. */
export class Questioner {
  readonly name: string
  readonly #socket: Socket
  readonly #outbox = Buffer.alloc(WINDOW * herdDialect.maxBytes)
  #unread: Buffer = Buffer.alloc(0)
  #clients: Uint32Array = new Uint32Array(0)
  #asked = 0
  #answered = 0
  readonly #isRight: Judge
  #wrong: number[] = []
  #failure: PersonError | undefined
  #wake: () => void = () => undefined

  constructor({ name, address }: Target, timeoutMs: number, isRight: Judge) {
    this.name = name
    this.#isRight = isRight
    this.#socket = connect({ ...address, noDelay: true })
    this.#socket.setTimeout(timeoutMs)
    this.#socket.on('timeout', () => {
      const { bytesRead } = this.#socket
      // What has come while this program got no turn is read before this. And between two rounds of questions nobody waits for an answer.
      setImmediate(() => {
        if (this.#socket.bytesRead === bytesRead && this.#answered < this.#clients.length)
          this.#fail(`${name} gave no answer within ${timeoutMs / MILLISECONDS} s`)
      })
    })
    this.#socket.on('data', (bytes) => {
      this.#read(bytes)
    })
    this.#socket.on('error', (error) => {
      this.#fail(`${name} is lost: ${socketErrorText(error)}`)
    })
    this.#socket.on('close', () => {
      this.#fail(`${name} closed the connection`)
    })
  }

  /** How many of the clients it was asked about last it has answered for. */
  get answered(): number {
    return this.#answered
  }

  /** Asks for each of these clients; gives those whose answers are not right. Throws a PersonError when the server fails it. */
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
    this.#fail('the check was stopped')
    this.#socket.destroy()
  }

  // As many as were answered, in one write: the next window leaves when half of the last one is back.
  #askMore(): void {
    const until = Math.min(this.#clients.length, this.#answered + WINDOW)
    if (until - this.#asked < Math.min(WINDOW / 2, this.#clients.length - this.#asked)) return
    // A copy leaves, since what was asked before may still be on its way out.
    let end = 0
    for (; this.#asked < until; this.#asked += 1)
      end = herdDialect.putQuestion(this.#outbox, end, this.#clients[this.#asked] as number)
    if (end > 0) this.#socket.write(Buffer.from(this.#outbox.subarray(0, end)))
  }

  #read(bytes: Buffer): void {
    const unread = this.#unread.length === 0 ? bytes : Buffer.concat([this.#unread, bytes])
    let start = 0
    for (let end = replyEnd(unread, start); end !== -1; end = replyEnd(unread, start)) {
      this.#judge(unread, start)
      start = end
    }
    this.#unread = unread.subarray(start)
    this.#askMore()
    if (this.#answered === this.#clients.length) this.#wake()
  }

  #judge(unread: Buffer, start: number): void {
    const client = this.#clients[this.#answered]
    if (client === undefined || this.#answered === this.#asked) {
      this.#fail(`${this.name} answered what it was not asked`)
      return
    }
    this.#answered += 1
    const line = isReport(unread, start) ? unread.subarray(start, unread.indexOf(LF, start)) : undefined
    if (!this.#isRight(client, line)) this.#wrong.push(client)
  }

  #fail(why: string): void {
    this.#failure ??= new PersonError(why)
    this.#wake()
  }
}

function isReport(bytes: Buffer, start: number): boolean {
  return bytes[start] === herdDialect.accepts
}

/** Where the reply at `start` ends; -1 when it is not whole yet. */
function replyEnd(bytes: Buffer, start: number): number {
  const lineEnd = bytes.indexOf(LF, start)
  if (lineEnd === -1) return -1
  if (!isReport(bytes, start)) return lineEnd + 1
  const end = bytes.indexOf('\n\n', lineEnd + 1)
  return end === -1 ? -1 : end + 2
}
