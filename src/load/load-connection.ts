import type { Address } from '../net/dial.js'
import type { PersonError } from '../person-error.js'
import type { SimulatedClients } from './simulated-clients.js'
import type { RequestDialect } from './request-dialect.js'
import { Xorshift32, threshold } from './xorshift32.js'
import { ReplyScanner } from './reply-scanner.js'
import { emptyServerResult, recordLatency, type ServerResult } from './phase-result.js'
import { RequestConnection, type RequestMode } from './request-connection.js'

/** A server under load. */
export interface Target {
  /** Its name in error messages. */
  readonly name: string
  readonly address: Address
  /** Shown on each connection. */
  readonly token?: string | undefined
}

/** What all connections of a load have in common. */
export interface LoadTraffic {
  readonly dialect: RequestDialect
  readonly clients: SimulatedClients
  /** When the simulated time begins, in microseconds since the epoch. */
  readonly startMicroseconds: number
  readonly seed: number
  readonly connections: number
  /** The most unanswered requests per connection. */
  readonly depth: number
  /** The percentage of requests that ask where a client is. */
  readonly questionPercent: number
  /** Whether a client reports through any connection, or always through the same one. */
  readonly roams: boolean
  /** One-shot needs a depth of 1. */
  readonly mode: RequestMode
}

export interface LoadConnectionEvents {
  readonly connected: () => void
  /** Replies have arrived, so more requests may be sent. */
  readonly replied: (connection: LoadConnection, now: number) => void
  /** The connection has failed, and sends nothing any more. */
  readonly failed: (error: PersonError) => void
}

interface LoadConnectionOptions {
  readonly events: LoadConnectionEvents
  /** The longest wait for the connection and for a reply. */
  readonly timeoutMs: number
}

/** The outbox holds this many times the requests in flight, so that a batch is rarely split in two writes by the end of the buffer. */
const OUTBOX_BATCHES = 4

/**
 * One connection with a fixed number of requests in flight, each of them timed. A request costs no string and no object: half a million of
 * them per second must leave most of a core to the servers.
 */
export class LoadConnection {
  readonly #name: string
  readonly #index: number
  readonly #traffic: LoadTraffic
  readonly #events: LoadConnectionEvents
  readonly #client: RequestConnection
  readonly #scanner: ReplyScanner
  readonly #random: Xorshift32
  readonly #questionBelow: number
  /** How many requests may still be sent. */
  allowed = 0
  #hasFailed = false
  /** In an open loop: when the first request of all connections is due, and the interval from each to the next. Otherwise both are 0. */
  #startsAt = 0
  #paceMs = 0
  /** The number of this connection's next request among those of all connections. */
  #turn = 0
  /** Replies are counted here. */
  result: ServerResult
  /** The next client that reports for the first time. Beyond the last client, clients are drawn at random. */
  #newcomer = Infinity
  // A ring of the requests in flight: when each was due, its client, and whether it is a question.
  readonly #times: Float64Array
  readonly #clients: Uint32Array
  readonly #isQuestion: Uint8Array
  #oldest = 0
  #inFlight = 0
  // A ring of request bytes. They stay in place until they are answered, because the socket may not have sent them yet.
  readonly #outbox: Buffer
  #begin = 0
  #end = 0

  constructor(
    { name, address, token }: Target,
    index: number,
    traffic: LoadTraffic,
    options: LoadConnectionOptions,
  ) {
    this.#name = name
    this.result = emptyServerResult(name)
    this.#index = index
    this.#traffic = traffic
    this.#events = options.events
    const { depth, dialect, seed, questionPercent, mode } = traffic
    this.#scanner = new ReplyScanner(dialect.accepts)
    this.#random = new Xorshift32(seed + 1 + index)
    this.#questionBelow = threshold(questionPercent)
    this.#times = new Float64Array(depth)
    this.#clients = new Uint32Array(depth)
    this.#isQuestion = new Uint8Array(depth)
    this.#outbox = Buffer.alloc((OUTBOX_BATCHES * depth + 1) * dialect.maxBytes)
    const access = { server: name, address, token, timeoutMs: options.timeoutMs }
    this.#client = new RequestConnection(access, mode, {
      connected: options.events.connected,
      received: (bytes, length) => {
        this.#read(bytes, length)
      },
      isWaiting: () => this.#inFlight > 0,
      failed: (error) => {
        this.#fail(error)
      },
    })
  }

  /** Whether the connection works. */
  get isUsable(): boolean {
    return !this.#hasFailed
  }

  get isIdle(): boolean {
    return this.#inFlight === 0
  }

  /** Has this connection's share of the clients report for the first time. */
  introduce(): void {
    this.#newcomer = this.#index
    this.sendAtOnce(this.shareOf(this.#traffic.clients.size))
  }

  /** From now on sends this many requests, as fast as replies arrive. */
  sendAtOnce(requests: number): void {
    this.allowed = this.#hasFailed ? 0 : requests
    this.#startsAt = 0
    this.#paceMs = 0
  }

  /** From now on sends this connection's share of the requests of all connections, each when it is due. */
  sendOnSchedule(requests: number, startsAt: number, paceMs: number): void {
    this.allowed = this.#hasFailed ? 0 : this.shareOf(requests)
    this.#startsAt = startsAt
    this.#paceMs = paceMs
    this.#turn = this.#index
  }

  /** Sends, in one write, the requests that are due and fit into the pipeline. */
  send(now: number): void {
    while (this.#inFlight < this.#times.length && this.allowed > 0) {
      const dueAt = this.#startsAt + this.#turn * this.#paceMs
      if (dueAt > now) break
      this.allowed -= 1
      this.#turn += this.#traffic.connections
      // In an open loop, latency counts from when a request was due and not from when it was sent. Otherwise a server that stalls would
      // delay the very requests that show it.
      this.#put(this.#paceMs === 0 ? now : dueAt)
    }
    this.#flush()
  }

  destroy(): void {
    this.#client.destroy()
  }

  /** How many of `count` requests or clients fall to this connection when they are dealt out one by one. */
  shareOf(count: number): number {
    return Math.max(0, Math.ceil((count - this.#index) / this.#traffic.connections))
  }

  #put(dueAt: number): void {
    const { dialect, clients, startMicroseconds } = this.#traffic
    if (this.#end + dialect.maxBytes > this.#outbox.length) {
      this.#flush()
      this.#begin = 0
      this.#end = 0
    }
    const place = (this.#oldest + this.#inFlight) % this.#times.length
    this.#inFlight += 1
    this.#times[place] = dueAt
    const isIntroduced = this.#newcomer >= clients.size
    const client = isIntroduced ? this.#draw() : this.#newcomer
    if (!isIntroduced) this.#newcomer += this.#traffic.connections
    this.#clients[place] = client
    const isQuestion = isIntroduced && this.#random.next() < this.#questionBelow
    this.#isQuestion[place] = isQuestion ? 1 : 0
    if (isQuestion) {
      this.#end = dialect.writeQuestion(this.#outbox, this.#end, client)
      return
    }
    clients.report(client, this.#random)
    const { latitude, longitude, microseconds } = clients
    const time = startMicroseconds + microseconds
    this.#end = dialect.writeReport(this.#outbox, this.#end, client, latitude, longitude, time)
  }

  #draw(): number {
    const { clients, connections, roams } = this.#traffic
    if (roams) return this.#random.below(clients.size)
    return this.#index + connections * this.#random.below(this.shareOf(clients.size))
  }

  #flush(): void {
    if (this.#begin < this.#end) this.#client.write(this.#outbox.subarray(this.#begin, this.#end))
    this.#begin = this.#end
  }

  #read(bytes: Buffer, length: number): void {
    const now = performance.now()
    for (let at = this.#next(bytes, 0, length); at !== -1; at = this.#next(bytes, at, length))
      this.#count(now)
    this.#events.replied(this, now)
  }

  #next(bytes: Buffer, at: number, length: number): number {
    return this.#scanner.next(bytes, at, length, this.#isQuestion[this.#oldest] === 1)
  }

  #count(now: number): void {
    const { result } = this
    if (this.#inFlight === 0) {
      this.#client.fail(`${this.#name} sent a reply to no request`)
      return
    }
    const milliseconds = now - (this.#times[this.#oldest] as number)
    const isQuestion = this.#isQuestion[this.#oldest] === 1
    if (this.#scanner.isRefusal) this.#countRefusal(isQuestion)
    if (isQuestion) result.questions += 1
    else result.reports += 1
    this.#takeOldest()
    recordLatency(isQuestion ? result.questionTimes : result.reportTimes, milliseconds)
  }

  #countRefusal(isQuestion: boolean): void {
    if (isQuestion) this.result.refusedQuestions += 1
    else {
      this.result.refusedReports += 1
      this.#traffic.clients.uncertain.add(this.#clients[this.#oldest] as number)
    }
  }

  #takeOldest(): void {
    this.#oldest = (this.#oldest + 1) % this.#times.length
    this.#inFlight -= 1
  }

  /** Ends this connection's share of the load. The requests in flight are lost. */
  #fail(error: PersonError): void {
    this.#hasFailed = true
    this.allowed = 0
    this.result.lostConnections += 1
    this.result.fault ??= error.message
    while (this.#inFlight > 0) {
      this.result.unanswered += 1
      if (this.#isQuestion[this.#oldest] === 0)
        this.#traffic.clients.uncertain.add(this.#clients[this.#oldest] as number)
      this.#takeOldest()
    }
    this.#events.failed(error)
  }
}
