import { Bench, type BenchOptions } from '../../src/load/bench.js'
import type { SimulatedClients } from '../../src/load/simulated-clients.js'
import { herdDialect, type RequestDialect } from '../../src/load/request-dialect.js'
import {
  HerdConvergence,
  type ConvergenceCheck,
  type HerdConvergenceOptions,
} from '../../src/load/convergence-check.js'
import type { LoadPhase } from '../../src/load/load.js'
import { redisDialect, RedisConvergence } from './redis.js'
import { KvConvergence } from './kv-convergence.js'
import type { Rival } from './rivals.js'

/** The task of a generator, which runs in its own process. */
export interface Job {
  readonly rival: Pick<Rival, 'says' | 'targets' | 'servers' | 'pids'>
  readonly clients: number
  readonly depth: number
  readonly connections: number
  /** The percentage of reports that are older than their client's newest. */
  readonly latePercent: number
  readonly warmUp: readonly LoadPhase[]
  readonly phase: LoadPhase
  readonly mostInspected: number
  readonly timeoutMs: number
}

/** The result of a generator. */
export interface Figures {
  readonly reports: number
  readonly seconds: number
  /** The time until all servers held the reports or, where nothing is held, until the last answer. */
  readonly settledSeconds: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly serverCpuSeconds: number
  readonly ownCpuSeconds: number
  readonly checked: number
  /** How many of the checked clients were not held with their newest report. */
  readonly wrong: number
}

const echoDialect: RequestDialect = { ...herdDialect, accepts: 'I'.charCodeAt(0) }
const DIALECTS: Record<Rival['says'], RequestDialect> = {
  herd: herdDialect,
  kv: herdDialect,
  redis: redisDialect,
  echo: echoDialect,
}

// The parent process is gone.
process.once('disconnect', () => process.exit(1))
process.once('message', (job: Job) => {
  measure(job).then(
    (figures) => {
      process.send?.(figures)
    },
    (error: unknown) => {
      process.send?.(`it failed: ${String(error)}`)
    },
  )
})

async function measure(job: Job): Promise<Figures> {
  const { rival, mostInspected, timeoutMs, ...rest } = job
  const startMicroseconds = Date.now() * 1_000
  let kv: KvConvergence | undefined
  const herdOptions = (clients: SimulatedClients): HerdConvergenceOptions => ({
    clients,
    startMicroseconds,
    timeoutMs,
    settleMs: timeoutMs,
    maxChecked: mostInspected,
    mode: 'pipelined',
  })
  const convergence: Record<Rival['says'], BenchOptions['convergence']> = {
    herd: (clients: SimulatedClients): ConvergenceCheck =>
      new HerdConvergence(rival.servers, herdOptions(clients)),
    kv: (clients: SimulatedClients): ConvergenceCheck =>
      (kv = new KvConvergence(rival.servers, herdOptions(clients))),
    redis: (clients: SimulatedClients): ConvergenceCheck =>
      new RedisConvergence(
        rival.servers.map(({ address }) => address.port),
        clients,
        timeoutMs,
      ),
    echo: undefined,
  }
  const bench = new Bench({
    ...rest,
    targets: rival.targets,
    pids: rival.pids,
    dialect: DIALECTS[rival.says],
    convergence: convergence[rival.says],
    seed: 1,
    tiedPercent: 0,
    questionPercent: 0,
    roams: false,
    mode: 'pipelined',
    startMicroseconds,
    timeoutMs,
  })
  const { load, seconds, settledSeconds, check, serverCpuSeconds, ownCpuSeconds } = await bench.run()
  if (load.refusedReports > 0) throw new Error(`${load.refusedReports} reports were refused`)
  for (const { fault } of load.servers) if (fault !== undefined) throw new Error(fault)
  for (const { why } of check?.failed ?? []) throw new Error(why)
  if (check && settledSeconds === undefined)
    throw new Error(
      `${check.refused} answers are missing and ${check.wrong} wrong, such as ${JSON.stringify(check.wrongAnswer)}`,
    )
  const { reportTimes, reports } = load
  return {
    reports,
    seconds,
    settledSeconds: settledSeconds ?? seconds,
    p50Ms: reportTimes.percentile(50) / 1_000,
    p99Ms: reportTimes.percentile(99) / 1_000,
    serverCpuSeconds: serverCpuSeconds ?? NaN,
    ownCpuSeconds,
    checked: check?.checked ?? 0,
    wrong: kv?.wrongKeys ?? 0,
  }
}
