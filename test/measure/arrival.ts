import { setTimeout as sleep } from 'node:timers/promises'
import { median } from '../bench/results.js'
import { Client } from './client.js'
import { inEachCase, patienceMs, startLinked } from './each-case.js'
import { SERVERS } from './pair.js'
import { milliseconds, type Row } from './results.js'
import { oneWayMs, type Settings } from './settings.js'

/** The number of reports in each direction. */
const SAMPLES = 10

const POLL_MS = 2

/** How much a server may add to one delay. */
const ADDED_MS = 50

/** Measures the time from the reply to a report until the other server has that report. */
export function arrival(settings: Settings, say: (words: string) => void): Promise<Row[]> {
  return inEachCase(settings, say, async ({ each, of, pair }) => {
    const targetMs = oneWayMs(each) + ADDED_MS
    const isLinked = await startLinked(pair, each)
    const times = isLinked ? await timesBetween(pair.port('Bernard'), pair.port('Clark'), targetMs) : []
    const longestMs = times.length === SERVERS.length * SAMPLES ? Math.max(...times) : Infinity
    const figure =
      longestMs < Infinity
        ? `median ${milliseconds(median(times))}, longest ${milliseconds(longestMs)}`
        : isLinked
          ? `report ${times.length + 1} has not arrived`
          : 'not linked'
    return [
      {
        what: `a report at the other server, ${SERVERS.length * SAMPLES} reports`,
        of,
        figure,
        target: milliseconds(targetMs),
        isMet: longestMs <= targetMs,
      },
    ]
  })
}

/** The time that each report takes. Stops at a report that does not arrive. */
async function timesBetween(onePort: number, otherPort: number, targetMs: number): Promise<number[]> {
  const [one, other] = [await Client.connect(onePort), await Client.connect(otherPort)]
  // The first WHATSAT with places makes a server load its cities, so both are sent one before.
  for (const [n, client] of [one, other].entries()) {
    await client.report([`warm-up-${n}`])
    await client.knows(`warm-up-${n}`)
  }
  const times: number[] = []
  for (let sample = 0; sample < SERVERS.length * SAMPLES; sample += 1) {
    const [from, to] = sample % 2 === 0 ? [one, other] : [other, one]
    const timeMs = await timeOf(`sample-${sample}`, from, to, patienceMs(targetMs))
    if (timeMs === undefined) break
    times.push(timeMs)
  }
  one.close()
  other.close()
  return times
}

async function timeOf(
  client: string,
  from: Client,
  to: Client,
  withinMs: number,
): Promise<number | undefined> {
  await from.report([client])
  const startMs = performance.now()
  while (!(await to.knows(client))) {
    if (performance.now() - startMs > withinMs) return undefined
    await sleep(POLL_MS)
  }
  return performance.now() - startMs
}
