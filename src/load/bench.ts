import { cpuSeconds } from './cpu.js'
import { Crowd, type CrowdOptions } from './crowd.js'
import type { Dialect } from './dialect.js'
import type { Findings, Inspection } from './inspector.js'
import type { Target } from './load-connection.js'
import { Load, type Phase } from './load.js'
import type { Tally } from './tally.js'

/** What is measured, and how. */
export interface BenchOptions extends CrowdOptions {
  readonly targets: readonly Target[]
  readonly dialect: Dialect
  readonly connections: number
  /** How many requests of a connection may be unanswered. */
  readonly depth: number
  /** Of 100 requests, how many ask where a client is. */
  readonly questionPercent: number
  /** Whether a client reports through any connection, or always through the same one. */
  readonly roams: boolean
  /** What comes first and does not count. */
  readonly warmUp: readonly Phase[]
  readonly phase: Phase
  /** How long to wait for an answer. */
  readonly timeoutMs: number
  /** When the crowd begins, in microseconds since the epoch: later than whatever the servers were told before. */
  readonly startMicroseconds: number
  /** The processes of the servers, where their CPU time can be read. */
  readonly pids?: readonly number[] | undefined
  /** Who tells whether all servers hold what the crowd told; undefined where nothing is to be held. */
  readonly inspect?: ((crowd: Crowd) => Inspection) | undefined
}

/** What was measured. */
export interface Measured {
  readonly tally: Tally
  /** From the first request to the last answer. */
  readonly seconds: number
  /** From the first request until all servers held the newest report of each client; undefined if they never did, or nobody looked. */
  readonly settledSeconds: number | undefined
  readonly findings: Findings | undefined
  /** CPU time that the servers took for it; undefined where it cannot be read. */
  readonly serverCpuSeconds: number | undefined
  /** CPU time of this process from the first request to the last answer. */
  readonly ownCpuSeconds: number
}

/** How far a bench has got, from 0 to 1 in each of its stages. */
export interface Progress {
  readonly stage: 'connecting' | 'warming up' | 'measuring' | 'settling' | 'checking'
  readonly done: number
}

const MILLISECONDS = 1_000
const MICROSECONDS = 1_000_000

const notBegun = (): number => 0

/** One measurement: warm-up, load, the wait until all servers hold the newest of each client, and the check that they do. */
export class Bench {
  readonly #options: BenchOptions
  readonly #load: Load
  readonly #inspection: Inspection | undefined
  #stage: Progress['stage'] = 'connecting'
  #done = notBegun

  constructor(options: BenchOptions) {
    this.#options = options
    const { inspect, targets, timeoutMs, ...traffic } = options
    const crowd = new Crowd(options)
    this.#load = new Load(targets, { ...traffic, crowd }, timeoutMs)
    this.#inspection = inspect?.(crowd)
  }

  /** Measures. Throws a PersonError when a server fails it, or when it is stopped. */
  async run(): Promise<Measured> {
    try {
      await this.#load.connected()
      this.#enter('warming up', this.#loaded)
      for (const phase of this.#options.warmUp) await this.#load.run(phase)
      // What was only for warming up must not be what the servers are still busy with.
      await this.#inspection?.probe()
      return await this.#measure()
    } finally {
      this.stop()
    }
  }

  /** Where it is now, for a person who waits. */
  get progress(): Progress {
    return { stage: this.#stage, done: this.#done() }
  }

  /** Ends it, whatever it is at; `run` then throws. */
  stop(): void {
    this.#load.close()
    this.#inspection?.close()
  }

  readonly #loaded = (): number => this.#load.progress

  #enter(stage: Progress['stage'], done: () => number): void {
    this.#stage = stage
    this.#done = done
  }

  async #measure(): Promise<Measured> {
    const { phase, pids } = this.#options
    const cpu = async (): Promise<number | undefined> => pids && cpuSeconds(pids)
    this.#enter('measuring', this.#loaded)
    const cpuBefore = await cpu()
    const ownBefore = process.cpuUsage()
    const tally = await this.#load.run(phase)
    const { user, system } = process.cpuUsage(ownBefore)
    this.#enter('settling', notBegun)
    const probedAt = await this.#inspection?.probe()
    const cpuAfter = await cpu()
    this.#enter('checking', () => this.#inspection?.progress ?? 1)
    const findings = await this.#inspection?.inspect()
    const settledAt = findings?.wrong === 0 ? (findings.settledAt ?? probedAt) : undefined
    return {
      tally,
      seconds: (tally.endedAt - tally.startedAt) / MILLISECONDS,
      settledSeconds: settledAt === undefined ? undefined : (settledAt - tally.startedAt) / MILLISECONDS,
      findings,
      serverCpuSeconds: cpuBefore === undefined || cpuAfter === undefined ? undefined : cpuAfter - cpuBefore,
      ownCpuSeconds: (user + system) / MICROSECONDS,
    }
  }
}
