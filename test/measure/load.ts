import { setTimeout as sleep } from 'node:timers/promises'
import { Client } from './client.js'
import { calmMs, equalTargetMs, inEachCase, patienceMs, startLinked } from './each-case.js'
import { milliseconds, type Row } from './results.js'
import type { Settings } from './settings.js'

const REPORTS_PER_SECOND = 2_000
const LOAD_SECONDS = 20
const CLIENTS = 10_000
const BATCH_MS = 10
const BATCH = (REPORTS_PER_SECOND * BATCH_MS) / 1_000

/** Measures how many links are lost while one server receives reports, and how long it takes afterwards until both have all of them. */
export function load(settings: Settings, say: (words: string) => void): Promise<Row[]> {
  return inEachCase(settings, say, async ({ each, of, network, pair }) => {
    const wasLinked = await startLinked(pair, each)
    const lostBefore = pair.lostLinks
    const client = await Client.connect(pair.port('Bernard'))
    network.setStalls(true)
    await report(client, 1_000 * LOAD_SECONDS)
    // The load continues without stalls until none holds any bytes, so that only the link affects the time to catch up.
    network.setStalls(false)
    await report(client, calmMs(each))
    client.close()
    const endMs = performance.now()
    const targetMs = equalTargetMs(each)
    const equalMs = await pair.equal(patienceMs(targetMs))
    const lost = pair.lostLinks - lostBefore
    return [
      {
        what: `links lost in ${LOAD_SECONDS} s of ${REPORTS_PER_SECOND} reports/s`,
        of,
        figure: wasLinked ? `${lost}` : `${lost}, not linked at first`,
        target: '0',
        isMet: wasLinked && lost === 0,
      },
      {
        what: 'equal after that load',
        of,
        figure: equalMs === undefined ? 'not equal' : milliseconds(equalMs - endMs),
        target: milliseconds(targetMs),
        isMet: equalMs !== undefined && equalMs - endMs <= targetMs,
      },
    ]
  })
}

let reported = 0

async function report(client: Client, forMs: number): Promise<void> {
  const startMs = performance.now()
  for (let batch = 0; batch * BATCH_MS < forMs; batch += 1) {
    const waitMs = startMs + batch * BATCH_MS - performance.now()
    if (waitMs > 0) await sleep(waitMs)
    const clients = Array.from({ length: BATCH }, (_, n) => `client-${(reported + n) % CLIENTS}`)
    reported += BATCH
    await client.report(clients)
  }
}
