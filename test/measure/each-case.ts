import { STALL_MS } from '../fixtures/slow-link.js'
import { Network } from './network.js'
import { Pair } from './pair.js'
import type { Row } from './results.js'
import { caseName, casesOf, oneWayMs, type Case, type Settings } from './settings.js'

/** A late figure is worth more than none, so each wait lasts this many times its target and a little longer. */
const PATIENCE = 2
const PATIENCE_MS = 5_000

/** How long to wait for an event that should take `targetMs`. */
export function patienceMs(targetMs: number): number {
  return PATIENCE * targetMs + PATIENCE_MS
}

/** The time within which two servers must be linked: a TLS handshake takes one more round trip. */
export function linkTargetMs(each: Case): number {
  return (each.hasKey ? 8 : 6) * oneWayMs(each) + 500
}

/** The time within which two servers must be equal again. */
export function equalTargetMs(each: Case): number {
  return 8 * oneWayMs(each) + 1_000
}

/** How long to wait after stalls were turned off until no byte is held by one. */
export function calmMs(each: Case): number {
  return STALL_MS + 2 * oneWayMs(each)
}

/** The argument of `measure`: one case, a network without stalls, and two servers that are not started. */
export interface TestBed {
  readonly each: Case
  readonly of: string
  readonly network: Network
  readonly pair: Pair
}

/** Measures one case after another, each with its own pair of servers. */
export async function inEachCase(
  settings: Settings,
  say: (words: string) => void,
  measure: (testBed: TestBed) => Promise<Row[]>,
  prepare?: (stateFolder: string) => void,
): Promise<Row[]> {
  const rows: Row[] = []
  for (const each of casesOf(settings)) {
    const of = caseName(each)
    say(of)
    const network = new Network(settings.seed)
    const pair = await Pair.lay(network, each, prepare)
    try {
      rows.push(...(await measure({ each, of, network, pair })))
    } finally {
      await pair.close()
      await network.close()
    }
  }
  return rows
}

/** Starts both servers and waits until they are linked. Returns whether they are. */
export async function startLinked(pair: Pair, each: Case): Promise<boolean> {
  await pair.start('Bernard')
  await pair.start('Clark')
  return (await pair.linked(patienceMs(linkTargetMs(each)))) !== undefined
}
