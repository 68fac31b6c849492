import { MAX_CHECKED_CLIENTS } from '../../src/load/convergence-check.js'
import type { LoadPhase } from '../../src/load/load.js'
import { generate } from './generate.js'
import type { Figures } from './generator.js'
import { median, type Result, type Row } from './results.js'
import type { Entrant, Rival } from './rivals.js'
import { CHECKED_DEPTH, CLIENTS, CONNECTIONS, SAMPLED, TIMEOUT_MS, type Settings } from './settings.js'

/** One case in which all rivals are measured. */
export interface Case {
  readonly clients: number
  readonly depth: number
  /** The percentage of reports that are older than their client's newest. */
  readonly latePercent?: number
}

/** The result of one rival in one case. */
export interface Run {
  readonly of: string
  readonly rival: string
  readonly rounds: readonly Figures[]
}

/** Measures rivals in turn, round after round: A B C, A B C. */
export async function race(
  entrants: readonly (Entrant | undefined)[],
  cases: readonly Case[],
  settings: Settings,
  say: (words: string) => void,
): Promise<Run[]> {
  const rivals: Rival[] = []
  try {
    for (const entrant of entrants) if (entrant) rivals.push(await entrant.start())
    const runs: Run[] = []
    for (const round of cases) runs.push(...(await raceIn(round, rivals, settings, say)))
    return runs
  } finally {
    for (const rival of rivals) await rival.stop()
  }
}

async function raceIn(
  { clients, depth, latePercent = 0 }: Case,
  rivals: readonly Rival[],
  { isQuick, rounds, seconds, warmUpSeconds }: Settings,
  say: (words: string) => void,
): Promise<Run[]> {
  const of = `depth ${depth}, ${clients.toLocaleString('en')} clients`
  const done = rivals.map((rival) => ({ rival, figures: [] as Figures[] }))
  const again: LoadPhase = { kind: 'closed', seconds: warmUpSeconds }
  for (let round = 0; round < rounds; round += 1)
    for (const { rival, figures } of done) {
      say(`${of}, round ${round + 1} of ${rounds}: ${rival.name}`)
      const isFirst = round === 0
      const isCheckedWhole = isFirst && !isQuick && clients === CLIENTS && depth === CHECKED_DEPTH
      const job = {
        rival,
        clients,
        depth,
        connections: CONNECTIONS,
        latePercent,
        warmUp: isFirst ? [{ kind: 'introduction' } as const, again] : [again],
        phase: { kind: 'closed', seconds } as const,
        mostInspected: isCheckedWhole ? MAX_CHECKED_CLIENTS : SAMPLED,
        timeoutMs: TIMEOUT_MS,
      }
      figures.push(await generate(job))
    }
  return done.map(({ rival, figures }) => ({ of, rival: rival.name, rounds: figures }))
}

/** Reports per second until all servers held the newest of each client. */
export function settledResult(
  title: string,
  base: string | undefined,
  note: string,
  runs: readonly Run[],
): Result {
  const rows = runs.map((run) => row(run, ({ reports, settledSeconds }) => reports / settledSeconds))
  return { title, unit: 'reports/s', digits: 0, base, note, rows }
}

/** The same, and how many clients were held with another report than their newest. */
export function settledWrongResult(
  title: string,
  base: string | undefined,
  note: string,
  runs: readonly Run[],
): Result {
  const result = settledResult(title, base, note, runs)
  const rows = runs.map(({ rounds }, index) => {
    const [most] = rounds.toSorted((a, b) => b.checked - a.checked)
    const wrong = `${most?.wrong.toLocaleString('en') ?? ''} of ${most?.checked.toLocaleString('en') ?? ''}`
    const row = result.rows[index] as Row
    return { ...row, more: { 'wrong at the end': wrong, ...row.more } }
  })
  return { ...result, rows }
}

/** Reports per second of the servers' CPU time. */
export function perCpuResult(
  title: string,
  base: string | undefined,
  note: string,
  runs: readonly Run[],
): Result {
  const rows = runs.map((run) => row(run, ({ reports, serverCpuSeconds }) => reports / serverCpuSeconds))
  return { title, unit: 'reports/CPU s', digits: 0, base, note, rows }
}

function row({ of, rival, rounds }: Run, value: (figures: Figures) => number): Row {
  const middle = (figure: (figures: Figures) => number): number => median(rounds.map(figure))
  const perReport = middle(({ serverCpuSeconds, reports }) => (serverCpuSeconds * 1e6) / reports)
  const ownCores = middle(({ ownCpuSeconds, seconds }) => ownCpuSeconds / seconds)
  return {
    of,
    rival,
    values: rounds.map(value),
    more: {
      'server CPU µs/report': perReport.toFixed(2),
      p50: `${middle(({ p50Ms }) => p50Ms).toFixed(2)} ms`,
      p99: `${middle(({ p99Ms }) => p99Ms).toFixed(2)} ms`,
      'checked at most': Math.max(...rounds.map(({ checked }) => checked)).toLocaleString('en'),
      'generator cores': ownCores.toFixed(2),
    },
  }
}
