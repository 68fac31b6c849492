import {
  appendFileSync,
  cpSync,
  readdirSync,
  readFileSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { BlockWriter } from '../../src/store/block.js'
import { Chance } from '../fixtures/chance.js'
import { until } from '../fixtures/log.js'
import { compactFolder, contentOf, lineOf, open, reportOf } from '../fixtures/store.js'

const CLIENTS = 3_000

/** A folder with a snapshot and two segments of some blocks each. The newest report of each client is of second 2. */
async function filled(t: Test): Promise<string> {
  const folder = join(t.testdir(), 'Clark')
  for (const [from, to, time] of [
    [0, 2_000, 1],
    [0, 2_500, 2],
    [2_500, CLIENTS, 2],
  ] as const) {
    const { store, put } = await open(folder)
    for (let n = from; n < to; n += 1) put(reportOf(n, time))
    await store.close()
    if (time === 1) await compactFolder(folder)
  }
  t.same(readdirSync(folder), ['00000002.snapshot', '00000003.journal', '00000004.journal'])
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

// SEED=17 npx tap test/store/damage.ts  replays one.
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
      const [file, damage] = [chance.pick(readdirSync(folder)), chance.pick(Object.keys(DAMAGES))]
      DAMAGES[damage]?.(join(folder, file), chance)
      const what = `seed ${seed}: ${file} ${damage}`
      const { store, put, loaded, messages } = await open(folder)
      const lines = Array.from({ length: CLIENTS }, (_, n) => loaded.get(`client-${n}`))
      const wrong = lines.filter(
        (line, n) => line !== lineOf(n, 2) && line !== lineOf(n, 1) && line !== undefined,
      )
      t.same(wrong, [], what)
      const lost = lines.filter((line, n) => line !== lineOf(n, 2)).length
      // The newest file may have been cut short by a power cut, or not have been written at all.
      const isNewest = file === '00000004.journal' && /short|removed/.test(damage)
      if (lost > 0 && !isNewest) t.not(messages.length, 0, `${what}: ${lost} lost in silence`)
      put(reportOf(7, 3))
      t.equal(await store.committed(), true, what)
      if (messages.length > 0)
        await until(() => readdirSync(folder).some((name) => /0[56]\.snapshot$/.test(name)))
      await store.close()
      const again = await contentOf(folder)
      t.equal(again.loaded.get('client-7'), lineOf(7, 3), what)
      t.same(again.messages, [], `${what}: messages once`)
    }
  },
)

t.test('damage is described in words, and the damaged bytes are kept', async (t) => {
  const whole = await filled(t)
  const folder = `${whole}-damaged`
  const spoil = (name: string, ...places: number[]): void => {
    const path = join(folder, name)
    const bytes = readFileSync(path)
    for (const at of places) bytes.fill(7, at, at + 9)
    writeFileSync(path, bytes)
  }
  const size = (name: string): number => readFileSync(join(whole, name)).length
  const cases: [what: string, damage: () => void, words: RegExp][] = [
    ['nothing', () => undefined, /^$/],
    [
      'one block',
      () => {
        spoil('00000003.journal', 999)
      },
      /^\S+Clark-damaged\/00000003.journal is damaged at byte \d+, \d+ bytes in all; reports lost: 1; the bytes are kept in \S+\/00000003.damaged$/,
    ],
    [
      'two blocks',
      () => {
        spoil('00000003.journal', 999, 9_999)
      },
      /3.journal is damaged at byte \d+ \(the first of 2 places\), \d+ bytes in all; reports lost: [23]; /,
    ],
    [
      'a header',
      () => {
        spoil('00000002.snapshot', 40)
      },
      /2.snapshot is damaged at byte 32, \d+ bytes in all; reports lost: \d+; /,
    ],
    [
      'the first line',
      () => {
        spoil('00000003.journal', 0)
      },
      /3.journal is damaged at byte 0, \d+ bytes in all; reports lost: 1; /,
    ],
    [
      'the end of the newest file',
      () => {
        truncateSync(join(folder, '00000004.journal'), size('00000004.journal') - 5)
      },
      /4.journal was not written to its end: \d+ bytes from byte \d+ on are left out; reports lost: 1; /,
    ],
    [
      'the end of another segment',
      () => {
        truncateSync(join(folder, '00000003.journal'), 70)
      },
      /3.journal was cut short by \d+ bytes(\n|$)/,
    ],
    [
      'the end of a snapshot',
      () => {
        truncateSync(join(folder, '00000002.snapshot'), size('00000002.snapshot') - 6)
      },
      /^\S+2.snapshot was cut short$/,
    ],
    [
      'a file',
      () => {
        truncateSync(join(folder, '00000004.journal'), 0)
      },
      /^\S+4.journal is empty$/,
    ],
    [
      'a snapshot that is missing',
      () => {
        rmSync(join(folder, '00000002.snapshot'))
      },
      /^files before \S+3.journal are missing$/,
    ],
  ]
  for (const [what, damage, words] of cases) {
    rmSync(folder, { recursive: true, force: true })
    cpSync(whole, folder, { recursive: true })
    damage()
    const { store, messages } = await open(folder)
    t.match(messages.join('\n'), words, what)
    t.equal(store.status.lost > 0, messages.length > 0, what)
    await store.close()
    const kept = readdirSync(folder).filter((name) => name.endsWith('.damaged'))
    t.equal(kept.length, messages.join().includes('are kept in') ? 1 : 0, what)
    for (const name of kept)
      t.match(readFileSync(join(folder, name), 'latin1'), /^# 0000000\d\.\w+ from byte \d+ to \d+\n/)
  }
})

t.test('a line that is no report in a block with a correct checksum is damage', async (t) => {
  const folder = join(t.testdir(), 'Clark')
  const { store, put } = await open(folder)
  put(reportOf(1))
  await store.close()
  const block = new BlockWriter()
  for (const line of [lineOf(2), 'IAMAT kiwi +34-118 5', lineOf(3)]) {
    const bytes = Buffer.from(line)
    block.add({ bytes, start: 0, end: bytes.length })
  }
  appendFileSync(join(folder, '00000001.journal'), block.take())
  const { loaded, messages } = await contentOf(folder)
  t.same([...loaded.keys()], ['client-1', 'client-2', 'client-3'], 'the other lines are taken in')
  t.match(messages, [/1.journal was not written to its end: .*; reports lost: 3; /])
})
