import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { fill } from '../fixtures/store.js'
import { Client } from './client.js'
import {
  equalTargetMs,
  inEachCase,
  linkTargetMs,
  patienceMs,
  startLinked,
  type TestBed,
} from './each-case.js'
import { newFolder, SERVERS } from './pair.js'
import { milliseconds, type Row } from './results.js'
import type { Settings } from './settings.js'

const CLIENTS = 100_000
const MISSED = 2_000

/** How many reports are sent before their replies are read. */
const BATCH = 500

const clients = Array.from({ length: CLIENTS }, (_, n) => `client-${n}.example`)
const missedClients = clients.filter((_, n) => n % (CLIENTS / MISSED) === 0)

/** Measures the time from the return of a link until a server that was down has the reports that it missed. */
export async function restart(settings: Settings, say: (words: string) => void): Promise<Row[]> {
  say(`filling stores with ${CLIENTS} reports`)
  const folder = newFolder()
  const lines = clients.map((client) => `AT Clark +0.263873386 ${client} +34.068930-118.445127 1700000000`)
  for (const name of SERVERS) await fill(join(folder, 'data', name), name, lines)
  return inEachCase(settings, say, measure, (stateFolder) => {
    cpSync(folder, stateFolder, { recursive: true })
  })
}

async function measure({ each, of, pair }: TestBed): Promise<Row[]> {
  const targetMs = equalTargetMs(each)
  const row = (figure: string, isMet: boolean): Row[] => [
    {
      what: `equal again after ${MISSED} missed reports of ${CLIENTS}`,
      of,
      figure,
      target: milliseconds(targetMs),
      isMet,
    },
  ]
  if (!(await startLinked(pair, each))) return row('not linked', false)
  await pair.stop('Clark')
  const client = await Client.connect(pair.port('Bernard'))
  for (let n = 0; n < MISSED; n += BATCH) await client.report(missedClients.slice(n, n + BATCH))
  client.close()
  await pair.start('Clark')
  const linkedMs = await pair.linked(patienceMs(linkTargetMs(each)))
  if (linkedMs === undefined) return row('not linked again', false)
  const equalMs = await pair.equal(patienceMs(targetMs))
  if (equalMs === undefined) return row('not equal', false)
  return row(milliseconds(equalMs - linkedMs), equalMs - linkedMs <= targetMs)
}
