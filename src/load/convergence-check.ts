import { setTimeout as sleep } from 'node:timers/promises'
import type { SimulatedClients } from './simulated-clients.js'
import { herdDialect } from './request-dialect.js'
import type { Target } from './load-connection.js'
import { AnswerChecker } from './answer-checker.js'
import type { RequestMode } from './request-connection.js'
import { PersonError } from '../person-error.js'

/** A server's answer that is not the newest report of a client. */
export interface WrongAnswer {
  readonly server: string
  readonly client: string
  /** The `AT` line that the server holds. */
  readonly holds: string
  /** The position and time of the client's newest report. */
  readonly newest: string
}

/** The result of a check. */
export interface CheckResult {
  /** How many clients each server was asked for, of how many that have reported. */
  readonly checked: number
  readonly reported: number
  /** How many of those that have reported were not asked for, because a report of theirs was refused or lost with its connection. */
  readonly uncertain: number
  /** How many answers stayed wrong, and one of them. */
  readonly wrong: number
  readonly wrongAnswer: WrongAnswer | undefined
  /** How many questions were still refused when asked last. */
  readonly refused: number
  /** Servers that failed before they had answered everything, and why. */
  readonly failed: readonly { readonly server: string; readonly why: string }[]
  /** When the last answer that was not right became right; undefined if all were right at once. */
  readonly settledAt: number | undefined
}

/** Checks that all servers hold the newest reports. */
export interface ConvergenceCheck {
  /** Asks for a few clients until all answers are right or the time is up. Returns when that was, by `performance.now()`. Comes before `check`. */
  probe(): Promise<number>
  /** Asks for all clients that have reported, or an evenly spread share of them, each until the answer is right or the time of the probe is up. */
  check(): Promise<CheckResult>
  /** The progress of `check`, from 0 to 1. */
  readonly progress: number
  close(): void
}

/** A probe asks for this many clients that reported last, and as many others. */
const PROBED_CLIENTS = 100

/** Wrong answers are asked for again after each batch of this many clients. */
const BATCH_CLIENTS = 500

/** The pause before asking again, so that servers can work meanwhile. */
const PAUSE_MS = 2

/** The most clients that each server is asked for, so that a check does not take too long. */
export const MAX_CHECKED_CLIENTS = 100_000

export interface HerdConvergenceOptions {
  readonly clients: SimulatedClients
  /** When simulated time began, in microseconds since the epoch. */
  readonly startMicroseconds: number
  /** The longest wait for a reply. */
  readonly timeoutMs: number
  /** How long wrong answers may become right, counted from the probe. */
  readonly settleMs: number
  readonly maxChecked: number
  readonly mode: RequestMode
}

/** What stays unsettled on one server. */
interface Left {
  readonly wrong: number
  readonly refused: number
}

const NONE: Left = { wrong: 0, refused: 0 }

/** Asks all servers of a herd where clients are, and compares their answers with the simulated clients. */
export class HerdConvergence implements ConvergenceCheck {
  readonly #options: HerdConvergenceOptions
  readonly #checkers: ReadonlyMap<string, AnswerChecker>
  /** A hash of the first right `AT` line per client: all servers must hold the same line. */
  readonly #lines: Uint32Array
  readonly #scratch = Buffer.alloc(herdDialect.maxBytes)
  #wanted = 0
  #deadline = 0
  #settledAt: number | undefined
  #wrongAnswer: WrongAnswer | undefined
  /** Why servers have failed, by name. */
  readonly #faults = new Map<string, string>()
  #isClosed = false

  constructor(targets: readonly Target[], options: HerdConvergenceOptions) {
    this.#options = options
    this.#lines = new Uint32Array(options.clients.size)
    this.#checkers = new Map(
      targets.map((target) => [
        target.name,
        new AnswerChecker(target, options, (client, line) => this.#isRight(target.name, client, line)),
      ]),
    )
  }

  async probe(): Promise<number> {
    const { clients, settleMs } = this.#options
    const { newest, now } = clients
    this.#deadline = performance.now() + settleMs
    const recent = this.#certain(reportedAfter(newest, now - PROBED_CLIENTS))
    const others = evenlySpread(this.#certain(reportedAfter(newest, 0)), PROBED_CLIENTS)
    await this.#settle(Uint32Array.from(new Set([...recent, ...others])))
    return performance.now()
  }

  async check(): Promise<CheckResult> {
    const reported = reportedAfter(this.#options.clients.newest, 0)
    const certain = this.#certain(reported)
    const clients = evenlySpread(certain, this.#options.maxChecked)
    this.#settledAt = undefined
    const { wrong, refused } = await this.#settle(clients)
    return {
      checked: clients.length,
      reported: reported.length,
      uncertain: reported.length - certain.length,
      wrong,
      wrongAnswer: wrong === 0 ? undefined : this.#wrongAnswer,
      refused,
      failed: [...this.#faults].map(([server, why]) => ({ server, why })),
      settledAt: this.#settledAt,
    }
  }

  get progress(): number {
    const answered = [...this.#checkers.values()].reduce((sum, checker) => sum + checker.answered, 0)
    return this.#wanted === 0 ? 0 : answered / this.#wanted
  }

  close(): void {
    this.#isClosed = true
    for (const checker of this.#checkers.values()) checker.close()
  }

  #certain(clients: Uint32Array): Uint32Array {
    const { uncertain } = this.#options.clients
    return uncertain.size === 0 ? clients : clients.filter((client) => !uncertain.has(client))
  }

  async #settle(clients: Uint32Array): Promise<Left> {
    // Hashes of an earlier check may be of older reports.
    this.#lines.fill(0)
    this.#wanted = clients.length * this.#checkers.size
    const all = await Promise.all(
      [...this.#checkers].map(([server, checker]) => this.#settleOne(server, checker, clients)),
    )
    return all.reduce(plus, NONE)
  }

  /** Checks in batches, so that the time at which a wrong answer becomes right is exact. */
  async #settleOne(server: string, checker: AnswerChecker, clients: Uint32Array): Promise<Left> {
    let left = NONE
    try {
      for (let start = 0; start < clients.length; start += BATCH_CLIENTS)
        left = plus(left, await this.#settleSome(checker, clients.subarray(start, start + BATCH_CLIENTS)))
    } catch (error) {
      if (this.#isClosed || !(error instanceof PersonError)) throw error
      this.#faults.set(server, error.message)
    }
    return left
  }

  /** Asks again for wrong answers until there are none, or until the time is up and no more become right. */
  async #settleSome(checker: AnswerChecker, clients: Uint32Array): Promise<Left> {
    let unsettled = await checker.ask(clients)
    while (unsettled.clients.length > 0) {
      await sleep(PAUSE_MS)
      const left = await checker.ask(unsettled.clients)
      const now = performance.now()
      if (left.clients.length < unsettled.clients.length) this.#settledAt = now
      else if (now >= this.#deadline)
        return { wrong: left.clients.length - left.refused, refused: left.refused }
      unsettled = left
    }
    return NONE
  }

  #isRight(server: string, client: number, line: Buffer): boolean {
    const { clients, startMicroseconds } = this.#options
    const [latitude = 0, longitude = 0] = [clients.latitudes[client], clients.longitudes[client]]
    const time = startMicroseconds + (clients.newest[client] as number)
    const end = herdDialect.writeReport(this.#scratch, 0, client, latitude, longitude, time)
    const newest = this.#scratch.subarray('IAMAT'.length, end - '\n'.length)
    if (endsWith(line, newest) && this.#isSameAsElsewhere(client, line)) return true
    const [, name = '', ...rest] = newest.toString('latin1').split(' ')
    this.#wrongAnswer = { server, client: name, holds: line.toString('latin1'), newest: rest.join(' ') }
    return false
  }

  #isSameAsElsewhere(client: number, line: Buffer): boolean {
    const hash = hashOf(line)
    const known = this.#lines[client]
    if (known === 0) this.#lines[client] = hash
    return known === 0 || known === hash
  }
}

function plus(left: Left, more: Left): Left {
  return { wrong: left.wrong + more.wrong, refused: left.refused + more.refused }
}

function endsWith(line: Buffer, end: Buffer): boolean {
  return line.length > end.length && line.subarray(line.length - end.length).equals(end)
}

/** FNV-1a, which is enough to tell lines apart that nobody has chosen to collide. */
function hashOf(line: Buffer): number {
  let hash = 0x811c9dc5
  for (const byte of line) hash = Math.imul(hash ^ byte, 0x01000193)
  return hash >>> 0
}

/** The clients whose newest report is later than `time`, which is simulated time; 0 for all that have reported. */
export function reportedAfter(newest: Uint32Array, time: number): Uint32Array {
  // A loop, because there may be a million clients, and a measurement may be running.
  const clients = new Uint32Array(newest.length)
  let count = 0
  for (let client = 0; client < newest.length; client += 1)
    if ((newest[client] as number) > time) clients[count++] = client
  return clients.subarray(0, count)
}

/** At most `most` of these clients, evenly spread. */
export function evenlySpread(clients: Uint32Array, most: number): Uint32Array {
  if (clients.length <= most) return clients
  return Uint32Array.from(
    { length: most },
    (_, index) => clients[Math.floor((index * clients.length) / most)] as number,
  )
}
