import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { crc32 } from 'node:zlib'
import t, { type Test } from 'tap'
import { Chance } from '../fixtures/chance.js'
import { batchOf, logOf } from '../fixtures/leveldb.js'
import { until } from '../fixtures/log.js'
import { contentOf, copyFolder, lineOf, open, reportOf, writtenIn } from '../fixtures/store.js'

/** What version 0.1.0 wrote, in three tables and a log: 300 clients, whose newest reports are of second 2, or 3 for the first 40. */
const WRITTEN = 'test/fixtures/leveldb-0.1.0'
const CLIENTS = 300

const newest = new Map(Array.from({ length: CLIENTS }, (_, n) => [`client-${n}`, lineOf(n, n < 40 ? 3 : 2)]))

function folderOf(t: Test): string {
  const folder = join(t.testdir(), 'Clark')
  cpSync(WRITTEN, folder, { recursive: true })
  return folder
}

function isConverted(folder: string): boolean {
  return !readdirSync(folder).some((name) => /^LABEL|\.(ldb|log)$/.test(name))
}

t.test('data of version 0.1.0 are read, and written in the new form', async (t) => {
  const folder = folderOf(t)
  const { store, loaded, messages, put } = await open(folder)
  t.same(loaded, newest)
  put(reportOf(7, 4))
  await until(() => isConverted(folder))
  t.same(writtenIn(folder, /\.snapshot$/).length, CLIENTS)
  await store.close()
  t.same(messages, [])
  const again = await contentOf(folder)
  t.same(again.loaded, new Map([...newest, ['client-7', lineOf(7, 4)]]))
  t.same(again.messages, [])
})

t.test('a process that is killed before the new files are complete has lost nothing', async (t) => {
  const folder = folderOf(t)
  const { store } = await open(folder)
  // The conversion has only begun.
  copyFolder(folder, `${folder}.killed`)
  t.equal(isConverted(`${folder}.killed`), false)
  await store.close()
  for (const each of [folder, `${folder}.killed`]) {
    const { loaded, messages } = await contentOf(each)
    t.same(loaded, newest)
    t.same(messages, [])
  }
})

t.test('a process that is killed while it removes the old files has lost nothing', async (t) => {
  const folder = folderOf(t)
  const { store } = await open(folder)
  await until(() => isConverted(folder))
  await store.close()
  const old = readdirSync(WRITTEN).sort((a, b) => Number(a === 'LABEL') - Number(b === 'LABEL'))
  for (let removed = 0; removed < old.length; removed += 1) {
    const killed = `${folder}.${removed}`
    copyFolder(folder, killed)
    for (const name of old.slice(removed)) cpSync(join(WRITTEN, name), join(killed, name))
    const { store, loaded, messages } = await open(killed)
    t.same(loaded, newest)
    t.same(messages, [])
    await until(() => isConverted(killed))
    await store.close()
  }
})

t.test('the conversion can be ended while it reads', async (t) => {
  const folder = folderOf(t)
  await t.rejects(open(folder, { signal: AbortSignal.abort() }), { name: 'AbortError' })
  t.same(readdirSync(folder).sort(), readdirSync(WRITTEN).sort())
})

t.test('data of another server, and a label that cannot be read, are left alone', async (t) => {
  const folder = folderOf(t)
  await t.rejects(open(folder, { server: 'Oak' }), { message: /are those of Clark, not Oak$/ })
  writeFileSync(join(folder, 'LABEL'), 'mine')
  await t.rejects(open(folder), { message: /holds no data of proxyherd$/ })
  t.same(readdirSync(folder).sort(), readdirSync(WRITTEN).sort())
})

t.test('a data folder that a process of version 0.1.0 has open is not touched', async (t) => {
  const folder = folderOf(t)
  writeFileSync(join(folder, 'LOCK'), '')
  const unlock = await lockFile(join(folder, 'LOCK'))
  await t.rejects(open(folder), { message: `the data in ${folder} are in use by another process` })
  await unlock()
  const { store, loaded } = await open(folder)
  t.same(loaded, newest)
  await store.close()
})

t.test('damaged records, and reports that are missing, are counted', async (t) => {
  const folder = folderOf(t)
  const iamat = Buffer.from('----IAMAT kiwi +34-118 5')
  iamat.writeUInt32LE(crc32(iamat.subarray(4)))
  const records = [Buffer.from('AT'), Buffer.alloc(4), Buffer.from('----AT Clark +0.5 kiwi +34-118 5'), iamat]
  writeFileSync(join(folder, '000099.log'), logOf(records.map(batchOf)))
  const first = await contentOf(folder)
  t.same(first.loaded, newest)
  t.same(first.messages, [`damaged parts of the data of version 0.1.0 in ${folder}: 4`])
  const cut = `${folder}.cut`
  cpSync(WRITTEN, cut, { recursive: true })
  truncateSync(join(cut, '000012.log'), 99)
  t.same((await contentOf(cut)).messages, [`of the reports last written to ${cut} there are missing: 40`])
})

/** Locks a file, as LevelDB does, in another process. Returns what ends that. */
async function lockFile(path: string): Promise<() => Promise<void>> {
  const child = spawn('flock', [path, 'sh', '-c', 'echo locked; cat'], { stdio: ['pipe', 'pipe', 'inherit'] })
  const ended = once(child, 'exit')
  await once(child.stdout, 'data')
  return async () => {
    child.stdin.end()
    await ended
  }
}

// SEED=17 npx tap test/store/leveldb-import.ts  replays one.
const SEED = process.env['SEED']
const SEEDS = SEED === undefined ? Array.from({ length: 40 }, (_, seed) => seed) : [Number(SEED)]

const DAMAGES: Record<string, (path: string, chance: Chance) => void> = {
  'is cut short': (path, chance) => {
    truncateSync(path, chance.below(readFileSync(path).length))
  },
  'is removed': (path) => {
    rmSync(path)
  },
  'has a bit flipped': (path, chance) => {
    const bytes = readFileSync(path)
    const at = chance.below(bytes.length)
    bytes[at] = (bytes[at] ?? 0) ^ (1 << chance.below(8))
    writeFileSync(path, bytes)
  },
}

t.test('whatever file of version 0.1.0 is damaged, what is read is true', async (t) => {
  const folder = folderOf(t)
  for (const seed of SEEDS) {
    const chance = new Chance(seed)
    const damaged = `${folder}.${seed}`
    cpSync(WRITTEN, damaged, { recursive: true })
    const file = chance.pick(
      readdirSync(damaged)
        .filter((name) => /\.(ldb|log)$/.test(name))
        .sort(),
    )
    const damage = chance.pick(Object.keys(DAMAGES))
    DAMAGES[damage]?.(join(damaged, file), chance)
    const what = `seed ${seed}: ${file} ${damage}`
    const { store, loaded, messages } = await open(damaged)
    const wrong = [...loaded].filter(
      ([client, line]) => ![1, 2, 3].some((time) => line === lineOf(Number(client.slice(7)), time)),
    )
    t.same(wrong, [], what)
    const lost = [...newest].filter(([client, line]) => loaded.get(client) !== line)
    // A table that was cut short looks like one that was not finished, which is no damage: its reports are still in a log then.
    if (lost.length > 0 && !file.endsWith('.ldb'))
      t.not(messages.length, 0, `${what}: ${lost.length} lost in silence`)
    await until(() => isConverted(damaged))
    await store.close()
    t.same((await contentOf(damaged)).messages, [], `${what}: messages once`)
  }
})
