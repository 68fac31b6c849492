import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { median } from '../bench/results.js'
import { CLASSIC } from '../fixtures/topologies.js'
import { milliseconds, type Row } from './results.js'
import { Servers } from './servers.js'
import type { Settings } from './settings.js'

const ROUNDS = 9

/** The targets, in times that Node needs to start and end without a program. So they are the same on fast and on slow machines. */
const TARGETS = [
  { of: 'one serve', names: ['Clark'], times: 2.5 },
  // This is 1.5 s on two cores on which Node takes 0.1 s.
  { of: 'five serve at once', names: CLASSIC.servers, times: 15 },
] as const

/** Measures how long servers without reports take until they listen, each time beside a Node that runs nothing. */
export async function emptyStart(_: Settings, say: (words: string) => void): Promise<Row[]> {
  const rounds: { nodeMs: number; listeningMs: number[] }[] = []
  for (let round = 0; round < ROUNDS; round += 1) {
    say(`round ${round + 1} of ${ROUNDS}`)
    const nodeMs = await bareNodeMs()
    const listeningMs: number[] = []
    for (const { names } of TARGETS) listeningMs.push(await listeningAfterMs(names))
    rounds.push({ nodeMs, listeningMs })
  }
  return TARGETS.map(({ of, times }, index) => {
    const figures = rounds.map(({ nodeMs, listeningMs }) => ({ ms: Number(listeningMs[index]), nodeMs }))
    const ratio = median(figures.map(({ ms, nodeMs }) => ms / nodeMs))
    return {
      what: 'listening, in starts of bare Node',
      of,
      figure: `${ratio.toFixed(1)} × (${milliseconds(median(figures.map(({ ms }) => ms)))})`,
      target: `${times} ×`,
      isMet: ratio <= times,
    }
  })
}

async function bareNodeMs(): Promise<number> {
  const startMs = performance.now()
  await once(spawn(process.execPath, ['-e', '0'], { stdio: 'ignore' }), 'exit')
  return performance.now() - startMs
}

async function listeningAfterMs(names: readonly string[]): Promise<number> {
  const servers = await Servers.prepare(CLASSIC)
  const startMs = performance.now()
  try {
    const listening = await Promise.all(names.map((name) => servers.start(name)))
    return Math.max(...listening) - startMs
  } finally {
    await servers.close()
  }
}
