import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { text } from 'node:stream/consumers'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { BlockWriter } from '../../src/store/block.js'
import { journalFile } from '../../src/store/data-folder.js'
import { formatSegmentHeader } from '../../src/store/file-header.js'
import { isSoak } from '../fixtures/soak.js'
import { report } from '../fixtures/reports.js'
import { contentOf, copyFolder, longLineOf } from '../fixtures/store.js'

const CLIENTS = 25

/** How often each has reported in each segment. */
const UPDATES = 21

const SEGMENTS = 2

/** How many processes run at a time. */
const PROCESSES = 2

/** A folder of segments that are together nearly large enough for a compaction. */
function fill(folder: string): void {
  mkdirSync(folder)
  const block = new BlockWriter()
  for (let segment = 1; segment <= SEGMENTS; segment += 1) {
    const parts: Uint8Array[] = [Buffer.from(formatSegmentHeader('Clark', undefined))]
    for (let n = 0; n < CLIENTS * UPDATES; n += 1) {
      block.add(report(longLineOf(n % CLIENTS, 1)))
      if (!block.hasRoom) parts.push(Buffer.from(block.take()))
    }
    parts.push(block.take())
    writeFileSync(join(folder, journalFile(segment, 'journal').name), Buffer.concat(parts))
  }
}

interface Killed {
  /** The steps of the compaction that were begun; the process was killed before the last of them was done. */
  readonly steps: readonly string[]
  /** How many clients have reported, in the order of their numbers. */
  readonly reports: number
}

/** Runs a store on a folder until a step of its compaction kills the process. */
async function killAt(folder: string, step: number): Promise<Killed> {
  const program = join(import.meta.dirname, '../fixtures/killed-compaction.js')
  // tap adds its hooks to NODE_OPTIONS, and they would slow the start.
  const command = [
    '-c',
    'unset NODE_OPTIONS; exec "$0" "$@"',
    process.execPath,
    program,
    folder,
    String(step),
  ]
  const child = spawn('/bin/sh', command, { stdio: ['ignore', 'pipe', 'inherit'] })
  const [printed] = await Promise.all([text(child.stdout), once(child, 'exit')])
  if (child.signalCode !== 'SIGKILL') throw new Error(`step ${step} did not kill the process`)
  const lines = printed.split('\n')
  const steps = lines.filter((line) => line.startsWith('step ')).map((line) => line.slice('step '.length))
  return { steps, reports: lines.filter((line) => line.startsWith('report ')).length }
}

async function assertNothingIsLost(t: Test, folder: string, { steps, reports }: Killed): Promise<void> {
  const expected = Array.from({ length: Math.max(CLIENTS, reports) }, (_, n) =>
    longLineOf(n, n < reports ? 2 : 1),
  )
  // The second time, whatever the first has left.
  for (const start of ['first', 'second']) {
    const { loaded, messages } = await contentOf(folder)
    const title = `at the ${start} start after a kill before "${String(steps.at(-1))}" (step ${steps.length})`
    t.same({ lines: [...loaded.values()].sort(), messages }, { lines: expected.sort(), messages: [] }, title)
  }
}

/** The steps that are tried, by their positions: all in a soak, else of each kind the one in the middle. The last was tried before. */
function triedOf(steps: readonly string[]): number[] {
  const before = [...steps.keys()].slice(0, -1)
  if (isSoak) return before
  return [...new Set(steps)].flatMap((kind) => {
    const same = before.filter((n) => steps[n] === kind)
    return same.slice(same.length >> 1).slice(0, 1)
  })
}

t.test('a process that is killed at any step of a compaction has lost no report', async (t) => {
  const folder = join(t.testdir(), 'Clark')
  fill(folder)
  const killed = async (step: number): Promise<readonly string[]> => {
    const copy = `${folder}.${step}`
    copyFolder(folder, copy)
    const run = await killAt(copy, step)
    await assertNothingIsLost(t, copy, run)
    return run.steps
  }
  const all = await killed(Infinity)
  t.match(
    all.filter((step, n) => step !== all[n - 1]).join(', '),
    /^open, write, write the second half, write, .*, sync the file, rename, sync the folder, unlink, end$/,
  )
  const left = triedOf(all)
  const killEach = async (): Promise<void> => {
    for (let step = left.shift(); step !== undefined; step = left.shift()) await killed(step)
  }
  await Promise.all(Array.from({ length: PROCESSES }, killEach))
})
