import { setTimeout as sleep } from 'node:timers/promises'
import { inEachCase, linkTargetMs, patienceMs } from './each-case.js'
import { isLinked, otherOf, SERVERS, type Pair, type ServerName } from './pair.js'
import { milliseconds, type Row } from './results.js'
import { oneWayMs, type Case, type Settings } from './settings.js'

/** How many times each server is the one that starts later. */
const ROUNDS = 2

/** Both ends may report a link at once and still replace it. It counts if it is up this many delays later. */
const LASTING_DELAYS = 6

/** Measures the time from when the later of two servers listens until both ends report the link, which must then last. */
export function links(settings: Settings, say: (words: string) => void): Promise<Row[]> {
  return inEachCase(settings, say, async ({ each, of, pair }) => {
    const targetMs = linkTargetMs(each)
    const times: (number | undefined)[] = []
    for (let round = 0; round < ROUNDS; round += 1)
      for (const later of SERVERS) times.push(await timeToLink(pair, each, later))
    const known = times.filter((time) => time !== undefined)
    const longestMs = known.length === times.length ? Math.max(...known) : undefined
    const figure =
      longestMs === undefined
        ? `${times.length - known.length} of ${times.length} starts without a lasting link`
        : milliseconds(longestMs)
    const isMet = longestMs !== undefined && longestMs <= targetMs
    return [
      {
        what: `linked, longest of ${times.length} starts`,
        of,
        figure,
        target: milliseconds(targetMs),
        isMet,
      },
    ]
  })
}

/** That time in milliseconds; undefined if there is no link, or it is lost again within a few round trips. */
async function timeToLink(pair: Pair, each: Case, later: ServerName): Promise<number | undefined> {
  await pair.start(otherOf(later))
  const fromMs = await pair.start(later)
  const linkedMs = await pair.linked(patienceMs(linkTargetMs(each)))
  const lostBefore = pair.lostLinks
  if (linkedMs !== undefined) await sleep(LASTING_DELAYS * oneWayMs(each))
  const isLasting = pair.lostLinks === lostBefore && (await pair.statuses()).every(isLinked)
  await pair.close()
  return linkedMs !== undefined && isLasting ? linkedMs - fromMs : undefined
}
