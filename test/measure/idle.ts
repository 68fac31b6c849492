import { setTimeout as sleep } from 'node:timers/promises'
import type { ServerStatus } from '../../src/protocol/status.js'
import { startLinked } from './each-case.js'
import { Network } from './network.js'
import { isLinked, Pair, upSinceMs } from './pair.js'
import type { Row } from './results.js'
import { caseName, casesOf, type Case, type Settings } from './settings.js'

/** The time at which a link came up is computed anew for each status, from clocks that may be slewed. */
const SAME_MS = 500

interface IdlePair {
  readonly each: Case
  readonly pair: Pair
}

interface Standing {
  readonly lostLinks: number
  readonly statuses: readonly ServerStatus[]
}

/** Measures how many links are lost when nothing is reported. All cases are measured at the same time. */
export async function idle(settings: Settings, say: (words: string) => void): Promise<Row[]> {
  const network = new Network(settings.seed)
  const pairs: IdlePair[] = []
  try {
    for (const each of casesOf(settings)) {
      say(`starting ${caseName(each)}`)
      const pair = await Pair.lay(network, each)
      pairs.push({ each, pair })
      await startLinked(pair, each)
    }
    network.setStalls(true)
    say(`${settings.idleSeconds} s without a report`)
    const before = await Promise.all(pairs.map(standingOf))
    await sleep(1_000 * settings.idleSeconds)
    const after = await Promise.all(pairs.map(standingOf))
    return pairs.map(({ each }, n) => rowOf(each, before[n] as Standing, after[n] as Standing, settings))
  } finally {
    await Promise.all(pairs.map(({ pair }) => pair.close()))
    await network.close()
  }
}

async function standingOf({ pair }: IdlePair): Promise<Standing> {
  return { statuses: await pair.statuses(), lostLinks: pair.lostLinks }
}

function rowOf(each: Case, before: Standing, after: Standing, { idleSeconds }: Settings): Row {
  const lost = after.lostLinks - before.lostLinks
  const wasLinked = before.statuses.every(isLinked)
  const isSame = after.statuses.every((status, n) => isSameLink(before.statuses[n], status))
  const remarks = [
    `${lost}`,
    ...(wasLinked ? [] : ['not linked at first']),
    ...(isSame ? [] : ['not the same link at the end']),
  ]
  return {
    what: `links lost in ${idleSeconds} idle seconds`,
    of: caseName(each),
    figure: remarks.join(', '),
    target: '0',
    isMet: lost === 0 && wasLinked && isSame,
  }
}

function isSameLink(before: ServerStatus | undefined, after: ServerStatus): boolean {
  const [was, is] = [before && upSinceMs(before), upSinceMs(after)]
  return was !== undefined && is !== undefined && Math.abs(is - was) < SAME_MS
}
