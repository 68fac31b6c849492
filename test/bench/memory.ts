import { setTimeout as sleep } from 'node:timers/promises'
import { MAX_CHECKED_CLIENTS } from '../../src/load/convergence-check.js'
import type { LoadPhase } from '../../src/load/load.js'
import { generate } from './generate.js'
import type { Figures } from './generator.js'
import { residentBytes } from './programs.js'
import type { Run } from './race.js'
import type { Row } from './results.js'
import type { Entrant, Rival } from './rivals.js'
import { CHECKED_DEPTH, CONNECTIONS, SAMPLED, TIMEOUT_MS, type Settings } from './settings.js'

/** How long a process has to release the memory that it needed only while it was busy. */
const CALM_MS = 3_000

/** The depth at which clients are reported for the first time. */
const FILLING_DEPTH = 16

/** Measures the cost of many clients: the memory per client and server, and the reports per second with all of them stored. */
export interface Large {
  readonly memory: readonly Row[]
  readonly runs: readonly Run[]
}

/** Fills each rival with clients, one rival after another, since not all fit into memory at once. */
export async function fill(
  entrants: readonly (Entrant | undefined)[],
  clients: number,
  settings: Settings,
  say: (words: string) => void,
): Promise<Large> {
  const memory: Row[] = []
  const runs: Run[] = []
  for (const entrant of entrants) {
    if (!entrant) continue
    const rival = await entrant.start()
    try {
      say(`${clients.toLocaleString('en')} clients: ${rival.name}`)
      const before = memoryOf(rival)
      const filled = await measure(rival, clients, FILLING_DEPTH, { kind: 'introduction' }, SAMPLED)
      await sleep(CALM_MS)
      memory.push(memoryRow(rival, clients, before, memoryOf(rival), filled))
      if (settings.isQuick) continue
      for (const depth of settings.depths) runs.push(await load(rival, clients, depth, settings))
    } finally {
      await rival.stop()
    }
  }
  // The rows are sorted so that all rivals of a depth are together, although they were not run in that order.
  const sorted = settings.depths.flatMap((depth) => runs.filter(({ of }) => of === caseOf(depth, clients)))
  return { memory, runs: sorted }
}

/** Measures reports of clients that are already stored. */
async function load(rival: Rival, clients: number, depth: number, settings: Settings): Promise<Run> {
  const phase: LoadPhase = { kind: 'closed', seconds: settings.seconds }
  const rounds: Figures[] = []
  for (let round = 0; round < settings.rounds; round += 1) {
    const isCheckedWhole = round === 0 && depth === CHECKED_DEPTH
    rounds.push(await measure(rival, clients, depth, phase, isCheckedWhole ? MAX_CHECKED_CLIENTS : SAMPLED))
  }
  return { of: caseOf(depth, clients), rival: rival.name, rounds }
}

function caseOf(depth: number, clients: number): string {
  return `depth ${depth}, ${clients.toLocaleString('en')} clients`
}

function measure(
  rival: Rival,
  clients: number,
  depth: number,
  phase: LoadPhase,
  mostInspected: number,
): Promise<Figures> {
  return generate({
    rival,
    clients,
    depth,
    connections: CONNECTIONS,
    latePercent: 0,
    warmUp: [],
    phase,
    mostInspected,
    timeoutMs: TIMEOUT_MS,
  })
}

function memoryOf({ pids }: Rival): number[] {
  return pids.map(residentBytes)
}

function memoryRow(rival: Rival, clients: number, before: number[], after: number[], filled: Figures): Row {
  const sum = (bytes: number[]): number => bytes.reduce((total, each) => total + each, 0)
  const grown = sum(after) - sum(before)
  const mebibytes = (bytes: number[]): string => `${Math.round(sum(bytes) / 2 ** 20)} MiB`
  return {
    of: `${clients.toLocaleString('en')} clients`,
    rival: rival.name,
    values: [grown / clients / rival.servers.length],
    more: {
      processes: String(rival.pids.length),
      before: mebibytes(before),
      after: mebibytes(after),
      'reports/s while filling': Math.round(filled.reports / filled.settledSeconds).toLocaleString('en'),
    },
  }
}
