import { cpuSeconds } from './server-processes.js'
import { SimulatedClients, type SimulatedClientsOptions } from './simulated-clients.js'
import type { RequestDialect } from './request-dialect.js'
import type { RequestMode } from './request-connection.js'
import type { CheckResult, ConvergenceCheck } from './convergence-check.js'
import type { Target } from './load-connection.js'
import { Load, type LoadPhase } from './load.js'
import type { PhaseResult } from './phase-result.js'

/** What a benchmark measures, and how. */
export interface BenchOptions extends SimulatedClientsOptions {
  readonly targets: readonly Target[]
  readonly dialect: RequestDialect
  readonly connections: number
  /** The most unanswered requests per connection. */
  readonly depth: number
  /** The percentage of requests that ask where a client is. */
  readonly questionPercent: number
  /** Whether a client reports through any connection, or always through the same one. */
  readonly roams: boolean
  readonly mode: RequestMode
  /** Phases before the measurement. */
  readonly warmUp: readonly LoadPhase[]
  readonly phase: LoadPhase
  /** The longest wait for a reply. */
  readonly timeoutMs: number
  /** When simulated time begins, in microseconds since the epoch: later than all reports that the servers already hold. */
  readonly startMicroseconds: number
  /** The processes of the servers, if their CPU time can be read. */
  readonly pids?: readonly number[] | undefined
  /** Makes the check that all servers hold the newest reports; undefined if there is nothing to check. */
  readonly convergence?: ((clients: SimulatedClients) => ConvergenceCheck) | undefined
}

/** The result of a benchmark. */
export interface BenchResult {
  readonly load: PhaseResult
  /** From the first request to the last reply. */
  readonly seconds: number
  /**
   * From the first request until all servers that did not fail held the newest report of each client; undefined if they never did, or refused to
   * say it, or were not checked.
   */
  readonly settledSeconds: number | undefined
  readonly check: CheckResult | undefined
  /** CPU time of the servers; undefined if it cannot be read. */
  readonly serverCpuSeconds: number | undefined
  /** CPU time of this process from the first request to the last reply. */
  readonly ownCpuSeconds: number
}

/** The progress of a benchmark, from 0 to 1 in each stage. */
export interface BenchProgress {
  readonly stage: 'connecting' | 'warming up' | 'measuring' | 'settling' | 'checking'
  readonly done: number
}

const MILLISECONDS = 1_000
const MICROSECONDS = 1_000_000

const notBegun = (): number => 0

/** One measurement: warm-up, load, the wait until all servers hold the newest reports, and the check that they do. */
export class Bench {
  readonly #options: BenchOptions
  readonly #load: Load
  readonly #convergence: ConvergenceCheck | undefined
  #stage: BenchProgress['stage'] = 'connecting'
  #done = notBegun

  constructor(options: BenchOptions) {
    this.#options = options
    const { convergence, targets, timeoutMs, ...traffic } = options
    const clients = new SimulatedClients(options)
    this.#load = new Load(targets, { ...traffic, clients }, timeoutMs)
    this.#convergence = convergence?.(clients)
  }

  /** Measures. Throws a PersonError if a server cannot be reached at the start, if all fail, or if `stop` is called. */
  async run(): Promise<BenchResult> {
    try {
      await this.#load.connected()
      this.#enter('warming up', this.#loaded)
      for (const phase of this.#options.warmUp) await this.#load.run(phase)
      // The servers must be done with the warm-up first.
      await this.#convergence?.probe()
      return await this.#measure()
    } finally {
      this.stop()
    }
  }

  /** The current stage and its progress. */
  get progress(): BenchProgress {
    return { stage: this.#stage, done: this.#done() }
  }

  /** Stops in any stage; `run` then throws. */
  stop(): void {
    this.#load.close()
    this.#convergence?.close()
  }

  readonly #loaded = (): number => this.#load.progress

  #enter(stage: BenchProgress['stage'], done: () => number): void {
    this.#stage = stage
    this.#done = done
  }

  async #measure(): Promise<BenchResult> {
    const { phase, pids } = this.#options
    const cpu = async (): Promise<number | undefined> => pids && cpuSeconds(pids)
    this.#enter('measuring', this.#loaded)
    const cpuBefore = await cpu()
    const ownBefore = process.cpuUsage()
    const load = await this.#load.run(phase)
    const { user, system } = process.cpuUsage(ownBefore)
    this.#enter('settling', notBegun)
    const probedAt = await this.#convergence?.probe()
    const cpuAfter = await cpu()
    this.#enter('checking', () => this.#convergence?.progress ?? 1)
    const check = await this.#convergence?.check()
    const hasSettled = check && isSettled(check, this.#options.targets.length)
    const settledAt = hasSettled ? (check.settledAt ?? probedAt) : undefined
    return {
      load,
      seconds: (load.endedAt - load.startedAt) / MILLISECONDS,
      settledSeconds: settledAt === undefined ? undefined : (settledAt - load.startedAt) / MILLISECONDS,
      check,
      serverCpuSeconds: cpuBefore === undefined || cpuAfter === undefined ? undefined : cpuAfter - cpuBefore,
      ownCpuSeconds: (user + system) / MICROSECONDS,
    }
  }
}

function isSettled({ checked, wrong, refused, failed }: CheckResult, servers: number): boolean {
  return checked > 0 && wrong === 0 && refused === 0 && failed.length < servers
}
