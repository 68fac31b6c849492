import { setTimeout as sleep } from 'node:timers/promises'
import type { Crowd } from './crowd.js'
import { herdDialect } from './dialect.js'
import type { Target } from './load-connection.js'
import { AnswerChecker } from './answer-checker.js'

/** Something held by a server that is not the newest. */
export interface Mistake {
  readonly server: string
  readonly client: string
  /** The `AT` line that the server holds; undefined if it has not heard of the client. */
  readonly holds: string | undefined
  /** The position and time of the client's newest report. */
  readonly newest: string
}

/** What a check has found. */
export interface Findings {
  /** How many clients were asked for at each server, of how many that have reported. */
  readonly checked: number
  readonly reported: number
  /** How many answers were wrong to the end, and one of them. */
  readonly wrong: number
  readonly mistake: Mistake | undefined
  /** When the last answer that had been wrong became right; undefined if all were right at once. */
  readonly settledAt: number | undefined
}

/** Tells whether all servers hold what they must. */
export interface Inspection {
  /** Asks for a few clients until they are right everywhere or the time is up; gives when that was, by the clock of `performance`. Comes before `inspect`. */
  probe(): Promise<number>
  /** Asks for all clients that have reported, or for so many of them, evenly spread, each until it is right or the time of the probe is up. */
  inspect(): Promise<Findings>
  /** How far `inspect` has got, from 0 to 1. */
  readonly progress: number
  close(): void
}

/** What is looked at for whether reports have arrived: the clients that reported last, and as many others. */
const PROBED = 100

/** So many clients are asked for before it is asked again for those that were not right. */
const ASKED_AT_ONCE = 500

/** Servers that are still at work are not kept from it by asking again at once. */
const PAUSE_MS = 2

/** The most clients for which each server is asked. Beyond this it takes longer than anybody waits. */
export const MOST_INSPECTED = 100_000

export interface InspectorOptions {
  readonly crowd: Crowd
  /** When the crowd began, in microseconds since the epoch. */
  readonly startMicroseconds: number
  /** How long to wait for an answer. */
  readonly timeoutMs: number
  /** How long to wait, from a probe on, for wrong answers to become right. */
  readonly settleMs: number
  readonly mostInspected: number
}

/** Asks all servers of a herd where clients are, and compares with what the crowd knows. */
export class Inspector implements Inspection {
  readonly #options: InspectorOptions
  readonly #questioners: readonly AnswerChecker[]
  /** A hash of the `AT` line of each client that was right first: all servers must hold the same line. */
  readonly #lines: Uint32Array
  readonly #scratch = Buffer.alloc(herdDialect.maxBytes)
  #wanted = 0
  #deadline = 0
  #settledAt: number | undefined
  #mistake: Mistake | undefined

  constructor(targets: readonly Target[], options: InspectorOptions) {
    this.#options = options
    this.#lines = new Uint32Array(options.crowd.size)
    this.#questioners = targets.map(
      (target) =>
        new AnswerChecker(target, options.timeoutMs, (client, line) =>
          this.#isRight(target.name, client, line),
        ),
    )
  }

  async probe(): Promise<number> {
    const { crowd, settleMs } = this.#options
    const { newest, now } = crowd
    this.#deadline = performance.now() + settleMs
    const recent = reportedAfter(newest, now - PROBED)
    const others = evenly(reportedAfter(newest, 0), PROBED)
    await this.#settle(Uint32Array.from(new Set([...recent, ...others])))
    return performance.now()
  }

  async inspect(): Promise<Findings> {
    const { crowd, mostInspected } = this.#options
    const reported = reportedAfter(crowd.newest, 0)
    const clients = evenly(reported, mostInspected)
    this.#settledAt = undefined
    const wrong = await this.#settle(clients)
    return {
      checked: clients.length,
      reported: reported.length,
      wrong,
      mistake: wrong === 0 ? undefined : this.#mistake,
      settledAt: this.#settledAt,
    }
  }

  get progress(): number {
    const answered = this.#questioners.reduce((sum, questioner) => sum + questioner.answered, 0)
    return this.#wanted === 0 ? 0 : answered / this.#wanted
  }

  close(): void {
    for (const questioner of this.#questioners) questioner.close()
  }

  /** Gives how many answers are wrong to the end. */
  async #settle(clients: Uint32Array): Promise<number> {
    // The newest reports of then need not be those of now.
    this.#lines.fill(0)
    this.#wanted = clients.length * this.#questioners.length
    const wrong = await Promise.all(
      this.#questioners.map((questioner) => this.#settleOne(questioner, clients)),
    )
    return wrong.reduce((sum, count) => sum + count, 0)
  }

  /** Some after the other, so that it is seen soon when what was wrong is right. Gives how many are wrong to the end. */
  async #settleOne(questioner: AnswerChecker, clients: Uint32Array): Promise<number> {
    let wrong = 0
    for (let start = 0; start < clients.length; start += ASKED_AT_ONCE)
      wrong += await this.#settleSome(questioner, clients.subarray(start, start + ASKED_AT_ONCE))
    return wrong
  }

  /** Asks again for what is wrong until nothing is, or the time is up and nothing more becomes right. */
  async #settleSome(questioner: AnswerChecker, clients: Uint32Array): Promise<number> {
    let wrong = await questioner.ask(clients)
    while (wrong.length > 0) {
      await sleep(PAUSE_MS)
      const left = await questioner.ask(wrong)
      const now = performance.now()
      if (left.length < wrong.length) this.#settledAt = now
      else if (now >= this.#deadline) break
      wrong = left
    }
    return wrong.length
  }

  #isRight(server: string, client: number, line: Buffer | undefined): boolean {
    const { crowd, startMicroseconds } = this.#options
    const [latitude = 0, longitude = 0] = [crowd.latitudes[client], crowd.longitudes[client]]
    const time = startMicroseconds + (crowd.newest[client] as number)
    const end = herdDialect.putReport(this.#scratch, 0, client, latitude, longitude, time)
    const newest = this.#scratch.subarray('IAMAT'.length, end - '\n'.length)
    if (line && endsWith(line, newest) && this.#isSameAsElsewhere(client, line)) return true
    const [, name = '', ...rest] = newest.toString('latin1').split(' ')
    this.#mistake = { server, client: name, holds: line?.toString('latin1'), newest: rest.join(' ') }
    return false
  }

  #isSameAsElsewhere(client: number, line: Buffer): boolean {
    const hash = hashOf(line)
    const known = this.#lines[client]
    if (known === 0) this.#lines[client] = hash
    return known === 0 || known === hash
  }
}

function endsWith(line: Buffer, end: Buffer): boolean {
  return line.length > end.length && line.subarray(line.length - end.length).equals(end)
}

/** FNV-1a: enough to see that two lines differ, since nobody chooses them to be alike. */
function hashOf(line: Buffer): number {
  let hash = 0x811c9dc5
  for (const byte of line) hash = Math.imul(hash ^ byte, 0x01000193)
  return hash >>> 0
}

/** The clients whose newest report is later than that, by the time of the crowd; 0 for all that have reported. */
export function reportedAfter(newest: Uint32Array, time: number): Uint32Array {
  // A loop, since the clock of a measurement may be running, and there may be a million clients.
  const clients = new Uint32Array(newest.length)
  let count = 0
  for (let client = 0; client < newest.length; client += 1)
    if ((newest[client] as number) > time) clients[count++] = client
  return clients.subarray(0, count)
}

/** At most so many of these, evenly spread. */
export function evenly(clients: Uint32Array, most: number): Uint32Array {
  if (clients.length <= most) return clients
  return Uint32Array.from(
    { length: most },
    (_, index) => clients[Math.floor((index * clients.length) / most)] as number,
  )
}
