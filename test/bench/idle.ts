import { fork } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { generate } from './generate.js'
import { residentBytes } from './programs.js'
import type { Row } from './results.js'
import type { Entrant, Rival } from './rivals.js'
import { CONNECTIONS, SAMPLED, TIMEOUT_MS, type Settings } from './settings.js'

/** A proxyherd server accepts 10,000 connections, including the busy ones. */
const IDLE = 9_900

/** A rate that one core of a loaded machine can sustain. */
const RATE_PER_SECOND = 5_000

const CALM_MS = 2_000

const GREETINGS: Record<Rival['says'], string> = {
  herd: 'IAMAT idler +34.06-118.44 1621464827.9\n',
  kv: 'IAMAT idler +34.06-118.44 1621464827.9\n',
  redis: 'PING\r\n',
  echo: 'hello\n',
}

/** Measures the cost of idle connections: the memory per connection, and how long busy ones wait. */
export interface Idle {
  readonly memory: readonly Row[]
  readonly waits: readonly Row[]
}

export async function idle(
  entrants: readonly (Entrant | undefined)[],
  settings: Settings,
  say: (words: string) => void,
): Promise<Idle> {
  const memory: Row[] = []
  const waits: Row[] = []
  for (const entrant of entrants) {
    if (!entrant) continue
    say(`${IDLE.toLocaleString('en')} idle connections: ${entrant.name}`)
    const rival = await entrant.start()
    try {
      waits.push(await waitOf(rival, 'none idle', settings))
      const before = memoryOf(rival)
      const { open, end } = await openIdle(rival)
      try {
        await sleep(CALM_MS)
        const bytes = (memoryOf(rival) - before) / open
        const of = `${open.toLocaleString('en')} idle`
        memory.push({ of, rival: rival.name, values: [bytes], more: {} })
        waits.push(await waitOf(rival, of, settings))
      } finally {
        end()
      }
    } finally {
      await rival.stop()
    }
  }
  return { memory, waits }
}

async function openIdle({ targets, says }: Rival): Promise<{ open: number; end: () => void }> {
  const port = targets[0]?.address.port ?? 0
  const child = fork('test/bench/idlers.mjs', [String(port), String(IDLE), GREETINGS[says]])
  const [open] = (await once(child, 'message')) as [number]
  return { open, end: () => child.kill() }
}

async function waitOf(rival: Rival, of: string, { isQuick, rounds, seconds }: Settings): Promise<Row> {
  const p99: number[] = []
  const p50: number[] = []
  for (let round = 0; round < (isQuick ? 1 : rounds); round += 1) {
    const figures = await generate({
      rival,
      clients: 10_000,
      depth: 16,
      connections: CONNECTIONS,
      latePercent: 0,
      warmUp: [{ kind: 'introduction' }],
      phase: { kind: 'open', seconds, ratePerSecond: RATE_PER_SECOND },
      mostInspected: SAMPLED,
      timeoutMs: TIMEOUT_MS,
    })
    p99.push(figures.p99Ms)
    p50.push(figures.p50Ms)
  }
  return { of, rival: rival.name, values: p99, more: { p50: `${Math.min(...p50).toFixed(2)} ms at best` } }
}

function memoryOf({ pids }: Rival): number {
  return pids.reduce((sum, pid) => sum + residentBytes(pid), 0)
}
