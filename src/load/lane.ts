import { connect, type Socket } from 'node:net'
import type { Address } from '../net/dial.js'
import { socketErrorText } from '../net/socket-error-text.js'
import type { Crowd } from './crowd.js'
import type { Dialect } from './dialect.js'
import { Dice, happensBelow } from './dice.js'
import { emptyTally, record, type Tally } from './tally.js'

/** A server under load. */
export interface Target {
  /** What errors call it. */
  readonly name: string
  readonly address: Address
}

/** What all lanes of a load share. */
export interface Traffic {
  readonly dialect: Dialect
  readonly crowd: Crowd
  /** When the crowd began, in microseconds since the epoch. */
  readonly startMicroseconds: number
  readonly seed: number
  /** How many lanes there are. */
  readonly lanes: number
  /** How many requests of a lane may be unanswered. */
  readonly depth: number
  /** Of 100 requests, how many ask where a client is. */
  readonly questionPercent: number
  /** Whether a client reports through any lane, or always through the same one. */
  readonly roams: boolean
}

/** What the owner of a lane is told. */
export interface LaneEvents {
  connected(): void
  /** Replies have come, and it may be that more can be sent. */
  replied(lane: Lane, now: number): void
  failed(why: string): void
}

const LF = 0x0a
const INBOX_BYTES = 64 * 1024

// All lanes read into the same memory: what comes on one is dealt with before another is read.
const inbox = Buffer.alloc(INBOX_BYTES)

/** For how many times its requests in flight a lane has room: so that they rarely leave in two writes because the room ends between them. */
const OUTBOX_TURNS = 4

/**
 * One connection with some requests in flight, each of them timed. All that is done for each request is done with numbers and bytes:
 * half a million a second must leave most of a core to the servers.
 */
export class Lane {
  readonly name: string
  readonly #index: number
  readonly #traffic: Traffic
  readonly #events: LaneEvents
  readonly #socket: Socket
  readonly #dice: Dice
  readonly #questionBelow: number
  /** How many requests may still be sent. */
  allowed = 0
  /** In an open loop, the first request of all lanes is due at this time, and the others so long after one another. Else both are 0. */
  #startsAt = 0
  #paceMs = 0
  /** Which of these the next request of this lane is. */
  #turn = 0
  /** What is answered is counted here. */
  tally: Tally = emptyTally()
  /** The next client to be introduced; beyond the last, clients are drawn. */
  #newcomer = Infinity
  // A ring of what is in flight: when it was due, and whether it is a question.
  readonly #times: Float64Array
  readonly #isQuestion: Uint8Array
  #oldest = 0
  #inFlight = 0
  #hasMoved = false
  // A ring of requests: what is not answered yet stays where it was written, since the socket may not have sent it.
  readonly #outbox: Buffer
  #begin = 0
  #end = 0
  // Of the reply that is read: its first byte, and whether its last line has one.
  #opening = 0
  #hasLine = false

  constructor({ name, address }: Target, index: number, traffic: Traffic, events: LaneEvents) {
    this.name = name
    this.#index = index
    this.#traffic = traffic
    this.#events = events
    const { depth, dialect, seed, questionPercent } = traffic
    this.#dice = new Dice(seed + 1 + index)
    this.#questionBelow = happensBelow(questionPercent)
    this.#times = new Float64Array(depth)
    this.#isQuestion = new Uint8Array(depth)
    this.#outbox = Buffer.alloc((OUTBOX_TURNS * depth + 1) * dialect.maxBytes)
    const callback = (length: number): boolean => {
      this.#read(length)
      return true
    }
    this.#socket = connect({ ...address, noDelay: true, onread: { buffer: inbox, callback } })
    this.#socket.once('connect', () => {
      events.connected()
    })
    this.#socket.on('error', (error) => {
      events.failed(`${name} is lost: ${socketErrorText(error)}`)
    })
    this.#socket.on('close', () => {
      events.failed(`${name} closed the connection`)
    })
  }

  get isIdle(): boolean {
    return this.#inFlight === 0
  }

  /** Whether this lane waits, and has since this was last asked. */
  get hasStalled(): boolean {
    const hasMoved = this.#hasMoved
    this.#hasMoved = false
    return !hasMoved && this.#inFlight > 0
  }

  /** Lets this lane's share of the clients report for the first time. */
  introduce(): void {
    this.#newcomer = this.#index
    this.hurry(this.shareOf(this.#traffic.crowd.size))
  }

  /** Sends as fast as answers come, so many requests. */
  hurry(requests: number): void {
    this.allowed = requests
    this.#startsAt = 0
    this.#paceMs = 0
  }

  /** Sends its share of so many requests of all lanes, each when it is due. */
  keepPace(requests: number, startsAt: number, paceMs: number): void {
    this.allowed = this.shareOf(requests)
    this.#startsAt = startsAt
    this.#paceMs = paceMs
    this.#turn = this.#index
  }

  /** Sends what is due and may be sent, in one write. */
  send(now: number): void {
    if (this.#inFlight === 0) this.#hasMoved = true
    while (this.#inFlight < this.#times.length && this.allowed > 0) {
      const dueAt = this.#startsAt + this.#turn * this.#paceMs
      if (dueAt > now) break
      this.allowed -= 1
      this.#turn += this.#traffic.lanes
      // In an open loop an answer is late as of when its request was due, not of when it got its turn: else a server that is held up
      // would hold up the very requests that show it.
      this.#put(this.#paceMs === 0 ? now : dueAt)
    }
    this.#flush()
  }

  destroy(): void {
    this.#socket.destroy()
  }

  #put(dueAt: number): void {
    const { dialect, crowd, startMicroseconds } = this.#traffic
    if (this.#end + dialect.maxBytes > this.#outbox.length) {
      this.#flush()
      this.#begin = 0
      this.#end = 0
    }
    const place = (this.#oldest + this.#inFlight) % this.#times.length
    this.#inFlight += 1
    this.#times[place] = dueAt
    const isIntroduced = this.#newcomer >= crowd.size
    const client = isIntroduced ? this.#draw() : this.#newcomer
    if (!isIntroduced) this.#newcomer += this.#traffic.lanes
    const isQuestion = isIntroduced && this.#dice.roll() < this.#questionBelow
    this.#isQuestion[place] = isQuestion ? 1 : 0
    if (isQuestion) {
      this.#end = dialect.putQuestion(this.#outbox, this.#end, client)
      return
    }
    crowd.report(client, this.#dice)
    const { latitude, longitude, microseconds } = crowd
    const time = startMicroseconds + microseconds
    this.#end = dialect.putReport(this.#outbox, this.#end, client, latitude, longitude, time)
  }

  #draw(): number {
    const { crowd, lanes, roams } = this.#traffic
    if (roams) return this.#dice.below(crowd.size)
    return this.#index + lanes * this.#dice.below(this.shareOf(crowd.size))
  }

  /** Dealt out one by one, how many of so many this lane gets. */
  shareOf(count: number): number {
    return Math.max(0, Math.ceil((count - this.#index) / this.#traffic.lanes))
  }

  #flush(): void {
    if (this.#begin < this.#end) this.#socket.write(this.#outbox.subarray(this.#begin, this.#end))
    this.#begin = this.#end
  }

  #read(length: number): void {
    const now = performance.now()
    const { accepts } = this.#traffic.dialect
    this.#hasMoved = true
    let at = 0
    while (at < length) {
      if (this.#opening === 0) this.#opening = inbox[at] as number
      const lineStart = at
      while (at < length && inbox[at] !== LF) at += 1
      this.#hasLine ||= at > lineStart
      if (at === length) break
      at += 1
      // The answer to a question ends with an empty line; one that says no, and the answer to a report, with its only line.
      const isWhole = !this.#hasLine || this.#isQuestion[this.#oldest] === 0 || this.#opening !== accepts
      this.#hasLine = false
      if (isWhole) this.#count(now)
    }
    this.#events.replied(this, now)
  }

  #count(now: number): void {
    const { tally } = this
    const isRefused = this.#opening !== this.#traffic.dialect.accepts
    this.#opening = 0
    if (this.#inFlight === 0) {
      this.#events.failed(`${this.name} answered what it was not asked`)
      return
    }
    const milliseconds = now - (this.#times[this.#oldest] as number)
    const isQuestion = this.#isQuestion[this.#oldest] === 1
    this.#oldest = (this.#oldest + 1) % this.#times.length
    this.#inFlight -= 1
    if (isRefused) tally.refused += 1
    if (isQuestion) tally.questions += 1
    else tally.reports += 1
    record(isQuestion ? tally.questionTimes : tally.reportTimes, milliseconds)
  }
}
