import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { BlockWriter } from '../../src/store/block.js'
import { formatSnapshotHeader } from '../../src/store/file-header.js'
import { SNAPSHOT_END } from '../../src/store/load-journal.js'
import { freePorts, topologyFile } from '../fixtures/files.js'
import { Program } from '../fixtures/program.js'
import { CLASSIC } from '../fixtures/topologies.js'
import { newFolder } from './pair.js'
import { milliseconds, type Row } from './results.js'
import type { Settings } from './settings.js'

const CLIENTS = 1_000_000

/** The target for one server, on a machine that does nothing else. */
const TARGET_MS = 2_000

/** Measures how long servers take to start with a million clients on disk. */
export async function start(_: Settings, say: (words: string) => void): Promise<Row[]> {
  const folder = newFolder()
  const topology = await freePorts(CLASSIC)
  writeFileSync(join(folder, 'herd.json'), topologyFile(topology))
  say(`filling ${CLASSIC.servers.length} stores with ${CLIENTS} reports`)
  for (const server of CLASSIC.servers) fill(join(folder, 'data', server), server)
  const rows: Row[] = []
  for (const [argv, mark, servers] of [
    [['serve', 'Clark'], 'listens on', 1],
    [['herd', 'up'], 'Address', CLASSIC.servers.length],
  ] as const) {
    say(argv.join(' '))
    const startMs = performance.now()
    const program = new Program([
      ...argv,
      ...['--topology', join(folder, 'herd.json'), '--state', folder, '--log', 'links'],
    ])
    await program.prints(mark)
    const ms = performance.now() - startMs
    program.kill('SIGTERM')
    await program.ended
    const targetMs = servers * TARGET_MS
    rows.push({
      what: `start with ${CLIENTS} clients`,
      of: argv.join(' '),
      figure: milliseconds(ms),
      target: milliseconds(targetMs),
      isMet: ms <= targetMs,
    })
  }
  return rows
}

/** Writes the snapshot of a server. */
function fill(folder: string, server: string): void {
  mkdirSync(folder, { recursive: true })
  const file = openSync(join(folder, '00000001.snapshot'), 'w', 0o600)
  const block = new BlockWriter()
  writeSync(file, formatSnapshotHeader(server))
  for (let n = 0; n < CLIENTS; n += 1) {
    const line = `AT Clark +0.263873386 client-${n}.example +34.068930-118.445127 1700000000.959498503`
    const bytes = Buffer.from(line)
    block.add({ bytes, start: 0, end: bytes.length })
    if (!block.hasRoom) writeSync(file, block.take())
  }
  writeSync(file, block.take())
  writeSync(file, SNAPSHOT_END)
  closeSync(file)
}
