import { Bench, type BenchOptions } from '../../src/load/bench.js'
import type { Crowd } from '../../src/load/crowd.js'
import { herdDialect, type Dialect } from '../../src/load/dialect.js'
import { Inspector, type Inspection } from '../../src/load/inspector.js'
import type { Phase } from '../../src/load/load.js'
import { redisDialect, RedisInspection } from './redis.js'
import type { Rival } from './rivals.js'

/** What a generator, in a process of its own, is asked to measure. */
export interface Job {
  readonly rival: Pick<Rival, 'says' | 'targets' | 'servers' | 'pids'>
  readonly clients: number
  readonly depth: number
  readonly connections: number
  readonly warmUp: readonly Phase[]
  readonly phase: Phase
  readonly mostInspected: number
  readonly timeoutMs: number
}

/** What it answers. */
export interface Figures {
  readonly reports: number
  readonly seconds: number
  /** Until all servers held it; where nothing is to be held, until the last answer. */
  readonly settledSeconds: number
  readonly p50Ms: number
  readonly p99Ms: number
  readonly serverCpuSeconds: number
  readonly ownCpuSeconds: number
  readonly checked: number
}

const echoDialect: Dialect = { ...herdDialect, accepts: 'I'.charCodeAt(0) }
const DIALECTS: Record<Rival['says'], Dialect> = { herd: herdDialect, redis: redisDialect, echo: echoDialect }

// Whoever asked is gone.
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
  const inspections: Record<Rival['says'], BenchOptions['inspect']> = {
    herd: (crowd: Crowd): Inspection =>
      new Inspector(rival.servers, {
        crowd,
        startMicroseconds,
        timeoutMs,
        settleMs: timeoutMs,
        mostInspected,
      }),
    redis: (crowd: Crowd): Inspection =>
      new RedisInspection(
        rival.servers.map(({ address }) => address.port),
        crowd,
        timeoutMs,
      ),
    echo: undefined,
  }
  const bench = new Bench({
    ...rest,
    targets: rival.targets,
    pids: rival.pids,
    dialect: DIALECTS[rival.says],
    inspect: inspections[rival.says],
    seed: 1,
    latePercent: 0,
    tiedPercent: 0,
    questionPercent: 0,
    roams: false,
    startMicroseconds,
    timeoutMs,
  })
  const { tally, seconds, settledSeconds, findings, serverCpuSeconds, ownCpuSeconds } = await bench.run()
  if (tally.refused > 0) throw new Error(`${tally.refused} reports were refused`)
  if (findings && settledSeconds === undefined)
    throw new Error(`${findings.wrong} answers are wrong, such as ${JSON.stringify(findings.mistake)}`)
  const { reportTimes, reports } = tally
  return {
    reports,
    seconds,
    settledSeconds: settledSeconds ?? seconds,
    p50Ms: reportTimes.percentile(50) / 1_000,
    p99Ms: reportTimes.percentile(99) / 1_000,
    serverCpuSeconds: serverCpuSeconds ?? NaN,
    ownCpuSeconds,
    checked: findings?.checked ?? 0,
  }
}
