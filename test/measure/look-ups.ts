import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { CLASSIC } from '../fixtures/topologies.js'
import { Client } from './client.js'
import { milliseconds, type Row } from './results.js'
import { Servers } from './servers.js'
import type { Settings } from './settings.js'

/** The numbers of clients that flood the server; none shows what the machine adds. */
const FLOODERS = [0, 50, 300]

/** The number of reports that are timed, and the time between them. */
const SAMPLES = 100
const EVERY_MS = 20

/** How long the flooders send before the first report is timed. */
const WARM_UP_MS = 2_000

/** The target for the longest wait. The reads of one turn are the largest part: 64 commands of each client. */
const TARGET_MS = 100

/** Measures how long an IAMAT waits while other clients ask for twenty places as fast as the server takes their commands. */
export async function lookUps(_: Settings, say: (words: string) => void): Promise<Row[]> {
  const rows: Row[] = []
  for (const count of FLOODERS) {
    say(`${count} clients`)
    const servers = await Servers.prepare(CLASSIC)
    try {
      await servers.start('Clark')
      rows.push(await waitBeside(count, servers.port('Clark')))
    } finally {
      await servers.close()
    }
  }
  return rows
}

async function waitBeside(count: number, port: number): Promise<Row> {
  const client = await Client.connect(port)
  const names = Array.from({ length: count }, (_, n) => `client-${n}`)
  await client.report(['kiwi', ...names])
  const flood = fork(fileURLToPath(new URL('./flood-process.js', import.meta.url)), [`${port}`, `${count}`])
  await sleep(WARM_UP_MS)
  const waits: number[] = []
  const answeredBefore = await repliesOf(flood)
  const beganMs = performance.now()
  for (let n = 0; n < SAMPLES; n += 1) {
    const startMs = performance.now()
    await client.report(['kiwi'])
    waits.push(performance.now() - startMs)
    await sleep(EVERY_MS)
  }
  const perSecond = (1_000 * ((await repliesOf(flood)) - answeredBefore)) / (performance.now() - beganMs)
  client.close()
  flood.disconnect()
  waits.sort((a, b) => a - b)
  const longestMs = waits.at(-1) as number
  return {
    what: 'longest wait of an IAMAT beside clients that flood "WHATSAT … 50 20"',
    of: `${count} clients, ${Math.round(perSecond)} replies/s`,
    figure: `${milliseconds(longestMs)}, median ${milliseconds(waits[SAMPLES / 2] as number)}`,
    target: milliseconds(TARGET_MS),
    isMet: longestMs <= TARGET_MS,
  }
}

async function repliesOf(flood: ChildProcess): Promise<number> {
  flood.send('count')
  const [replies] = (await once(flood, 'message')) as [number]
  return replies
}
