import { cpSync, readdirSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import t, { type Test } from 'tap'
import { toRecord } from '../../src/store/record.js'
import { Chance } from '../fixtures/chance.js'
import { contentOf, lineOf, open, reportOf } from '../fixtures/store.js'

const CLIENTS = 600

/** A folder with reports in two tables and a log. The newest report of each client is of second 2. */
async function filled(t: Test): Promise<string> {
  const folder = join(t.testdir(), 'Clark')
  for (const [from, to, time] of [
    [0, 400, 1],
    [0, 500, 2],
    [500, CLIENTS, 2],
  ] as const) {
    const { store, put } = await open(folder)
    for (let n = from; n < to; n += 1) put(reportOf(n, time))
    await store.close()
  }
  return folder
}

const DAMAGES: Record<string, (path: string, chance: Chance) => void> = {
  'is cut short': (path, chance) => {
    truncateSync(path, chance.below(readFileSync(path).length))
  },
  'is removed': (path) => {
    rmSync(path)
  },
  'has a block of garbage': (path, chance) => {
    const bytes = readFileSync(path)
    const from = chance.below(Math.ceil(bytes.length / 4_096)) * 4_096
    for (let at = from; at < Math.min(bytes.length, from + 4_096); at += 1) bytes[at] = chance.below(256)
    writeFileSync(path, bytes)
  },
  'has a bit flipped': (path, chance) => {
    const bytes = readFileSync(path)
    const at = chance.below(bytes.length)
    bytes[at] = (bytes[at] ?? 0) ^ (1 << chance.below(8))
    writeFileSync(path, bytes)
  },
}

// SEED=17 npx tap test/store/database.ts  replays one.
const SEED = process.env['SEED']
const SEEDS = SEED === undefined ? Array.from({ length: 50 }, (_, seed) => seed) : [Number(SEED)]

t.test(
  'whatever file is damaged, reports read are true, losses are reported, and the store works again',
  async (t) => {
    const whole = await filled(t)
    const folder = `${whole}-damaged`
    for (const seed of SEEDS) {
      const chance = new Chance(seed)
      rmSync(folder, { recursive: true, force: true })
      cpSync(whole, folder, { recursive: true })
      // The label has its own test, and these three files hold no reports.
      const files = readdirSync(folder).filter((name) => !['LABEL', 'LOCK', 'LOG', 'LOG.old'].includes(name))
      const [file, damage] = [chance.pick(files.sort()), chance.pick(Object.keys(DAMAGES))]
      DAMAGES[damage]?.(join(folder, file), chance)
      const what = `seed ${seed}: ${file} ${damage}`
      const { store, put, loaded, messages } = await open(folder)
      let newest = 0
      for (let n = 0; n < CLIENTS; n += 1) {
        const line = loaded.get(`client-${n}`)
        if (line === lineOf(n, 2)) newest += 1
        else if (line !== undefined && line !== lineOf(n, 1)) t.fail(`${what}: ${line}`)
      }
      if (newest < CLIENTS) t.not(messages.length, 0, `${what}: ${CLIENTS - newest} lost in silence`)
      put(reportOf(7, 3))
      t.equal(await store.committed(), true, what)
      await store.close()
      const again = await contentOf(folder)
      t.equal(again.loaded.get('client-7'), lineOf(7, 3), what)
      t.same(again.messages, [], `${what}: reported once`)
    }
  },
)

const BUILT_ANEW =
  /^the data in \S+ were damaged \(.+\): reports saved: \d+; all is kept as it was in \S+~damaged(\n|$)/

t.test('losses are described in words', async (t) => {
  const whole = await filled(t)
  const folder = `${whole}-damaged`
  const fileOf = (suffix: RegExp): string =>
    join(folder, readdirSync(folder).findLast((name) => suffix.test(name)) ?? '')
  const spoil = (path: string): void => {
    writeFileSync(path, readFileSync(path).fill(7, 99, 199))
  }
  const cases: [what: string, damage: () => void, words: RegExp][] = [
    ['nothing', () => undefined, /^$/],
    [
      'the log is cut short',
      () => {
        truncateSync(fileOf(/\.log$/), 99)
      },
      /^of the reports last written to \S+ there are missing: 100$/,
    ],
    [
      'the log has garbage',
      () => {
        spoil(fileOf(/\.log$/))
      },
      /^bytes of the newest data in \S+ that were damaged and are lost: \d+\nof the reports last .+: 100$/,
    ],
    [
      'a table has garbage',
      () => {
        spoil(fileOf(/\.ldb$/))
      },
      BUILT_ANEW,
    ],
    [
      'the manifest is empty',
      () => {
        truncateSync(fileOf(/^MANIFEST/))
      },
      BUILT_ANEW,
    ],
    [
      'CURRENT is removed',
      () => {
        rmSync(fileOf(/^CURRENT$/))
      },
      BUILT_ANEW,
    ],
  ]
  for (const [what, damage, words] of cases) {
    rmSync(folder, { recursive: true, force: true })
    cpSync(whole, folder, { recursive: true })
    damage()
    t.match((await contentOf(folder)).messages.join('\n'), words, what)
  }
  t.notOk(readdirSync(`${folder}~damaged`).includes('CURRENT'), 'the damaged data are kept')
})

/** Changes records without the store. */
async function change(folder: string, records: Record<string, Buffer>): Promise<void> {
  const level = new ClassicLevel<string, Buffer>(folder, { valueEncoding: 'buffer', compression: false })
  for (const [key, record] of Object.entries(records)) await level.put(key, record)
  await level.close()
}

t.test('a table that a killed process left unfinished is not damage', async (t) => {
  const folder = await filled(t)
  writeFileSync(join(folder, '000099.ldb'), 'AT Clark')
  const { loaded, messages } = await contentOf(folder)
  t.equal(loaded.size, CLIENTS)
  t.same(messages, [])
})

t.test('a damaged report in an intact file is reported', async (t) => {
  const folder = await filled(t)
  await change(folder, { 'client-8': Buffer.from('----AT') })
  const { loaded, messages } = await contentOf(folder)
  t.equal(loaded.size, CLIENTS - 1)
  t.match(messages, [new RegExp(`\\(damaged reports: 1\\): reports saved: ${CLIENTS - 1};`)])
  t.same((await contentOf(folder)).messages, [], 'once')
})

t.test('an old report under a damaged key does not replace a newer one', async (t) => {
  const folder = await filled(t)
  const valueOf = (n: number): Buffer => Buffer.from(toRecord(reportOf(n, 1)).value)
  await change(folder, { '!': valueOf(7), '~': valueOf(8) })
  rmSync(join(folder, 'CURRENT'))
  const { loaded } = await contentOf(folder)
  t.equal(loaded.get('client-7'), lineOf(7, 2))
  t.equal(loaded.get('client-8'), lineOf(8, 2))
})
