import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { LF } from '../../src/protocol/bytes.js'
import type { Row } from './results.js'
import { Servers } from './servers.js'
import type { Settings } from './settings.js'

/** A line of servers: clients report to the first. The second receives all reports over one link and sends them over another. */
const FIRST = 'Amber'
const MIDDLE = 'Birch'
const LAST = 'Cedar'
const LINE = {
  servers: [FIRST, MIDDLE, LAST],
  links: [
    [FIRST, MIDDLE],
    [MIDDLE, LAST],
  ] as const,
}

/** Each client reports every ten seconds. */
const CLIENTS = 400_000
const REPORTS_PER_SECOND = 40_000
const BATCH_MS = 10
const BATCH = (REPORTS_PER_SECOND * BATCH_MS) / 1_000

/** Until each client has reported twice, so that tables and files have their size; and how long then is measured. */
const WARM_UP_MS = 20_000
const MEASURED_MS = 30_000

const MICROSECONDS = 1_000

interface Use {
  readonly cpuMs: number
  readonly writtenBytes: number
}

/** What a report costs a server that receives it from a client, one that receives it over a link and sends it on, and one that only receives it. */
export async function relay(_: Settings, say: (words: string) => void): Promise<Row[]> {
  const servers = await Servers.prepare(LINE)
  try {
    for (const name of LINE.servers) await servers.start(name, ['--log', 'links'])
    const socket = connect({ port: servers.port(FIRST), host: '127.0.0.1', noDelay: true })
    await once(socket, 'connect')
    say('warming up')
    await report(socket, WARM_UP_MS)
    const before = await usesOf(servers)
    say(`${REPORTS_PER_SECOND} reports/s`)
    const reports = await report(socket, MEASURED_MS)
    const after = await usesOf(servers)
    socket.destroy()
    return LINE.servers.flatMap((name, index) => rowsOf(name, before[index], after[index], reports))
  } finally {
    await servers.close()
  }
}

const ROLES: Readonly<Record<string, string>> = {
  [FIRST]: 'receives from clients, sends to one neighbour',
  [MIDDLE]: 'receives from one neighbour, sends to another',
  [LAST]: 'receives from one neighbour',
}

function rowsOf(name: string, before: Use | undefined, after: Use | undefined, reports: number): Row[] {
  const perReport = (key: keyof Use): number => ((after?.[key] ?? NaN) - (before?.[key] ?? NaN)) / reports
  const shared = { of: ROLES[name] ?? name, target: undefined, isMet: true }
  return [
    { ...shared, what: 'CPU per report', figure: `${(MICROSECONDS * perReport('cpuMs')).toFixed(1)} µs` },
    {
      ...shared,
      what: 'written to disk per report',
      figure: `${perReport('writtenBytes').toFixed(0)} bytes`,
    },
  ]
}

function usesOf(servers: Servers): Promise<Use[]> {
  return Promise.all(
    LINE.servers.map(async (name) => ({
      cpuMs: await servers.cpuMs(name),
      writtenBytes: await servers.writtenBytes(name),
    })),
  )
}

/** Reports all clients in turn at a steady rate. Resolves to the number of reports when all have their replies. */
async function report(socket: Socket, forMs: number): Promise<number> {
  let replies = 0
  const count = (bytes: Buffer): void => {
    for (let at = bytes.indexOf(LF); at !== -1; at = bytes.indexOf(LF, at + 1)) replies += 1
  }
  socket.on('data', count)
  const startMs = performance.now()
  let sent = 0
  for (; sent * BATCH_MS < forMs * BATCH; sent += BATCH) {
    const waitMs = startMs + (sent / BATCH) * BATCH_MS - performance.now()
    if (waitMs > 0) await sleep(waitMs)
    socket.write(linesFrom(sent))
  }
  while (replies < sent) await once(socket, 'data')
  socket.off('data', count)
  return sent
}

function linesFrom(first: number): string {
  const time = (Date.now() / 1_000).toFixed(3)
  const ids = Array.from({ length: BATCH }, (_, n) => String((first + n) % CLIENTS).padStart(7, '0'))
  return ids.map((id) => `IAMAT c${id}.cs.ucla.edu +34.068930-118.445127 ${time}000000\n`).join('')
}
