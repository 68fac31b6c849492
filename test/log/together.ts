import t from 'tap'
import { type Entry, parseEntry } from '../../src/log/entry.js'
import { type PeerLog, Together } from '../../src/log/together.js'
import { toBytes, toText } from '../../src/protocol/bytes.js'

interface Gathering {
  readonly together: Together
  /** The JSON objects that were written: at which microsecond, in or out, of whom, and the lines. */
  readonly written: [at: string, kind: string, who: string, ...lines: string[]][]
  /** The entries that were written alone, after so many objects. */
  readonly alone: [Entry, after: number][]
  /** For how many entries it was asked whether there is room. */
  readonly asked: number[]
}

/** Gathers lines by a clock that says how often it was asked. */
function gather(hasRoom = true): Gathering {
  let nanoseconds = 0n
  const [written, alone, asked]: [Gathering['written'], Gathering['alone'], number[]] = [[], [], []]
  const together = new Together({
    server: 'Clark',
    clock: () => (nanoseconds += 1_000n),
    admits: (entries) => {
      asked.push(entries)
      return hasRoom
    },
    write: (lines) => {
      for (const line of toText(lines).split('\n').slice(0, -1)) written.push(summary(line))
    },
    writeAlone: (entry) => {
      together.end()
      alone.push([entry, written.length])
    },
  })
  return { together, written, alone, asked }
}

function summary(line: string): Gathering['written'][number] {
  const logged = parseEntry(line)
  const lines = logged.map(({ entry }) => ('line' in entry ? entry.line : ''))
  const { time, kind, who } = JSON.parse(line) as { time: string; kind: string; who: string }
  return [time.replace('1970-01-01T00:00:00.', ''), kind, who, ...lines]
}

function take(log: PeerLog['in'], ...lines: string[]): void {
  for (const line of lines) log(toBytes(line), 0, line.length)
}

const CLARK = { peer: 'neighbour', who: 'Clark' } as const

/** Resolves when the turn is over. */
const turnOver = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

t.test('what came in one turn is written at its end, with the time of the first', async (t) => {
  const { together, written, asked } = gather()
  const clark = together.open(CLARK)
  take(clark.in, 'one', 'two', 'three')
  t.same(written, [])
  await turnOver()
  t.same(written, [['000001Z', 'in', 'Clark', 'one', 'two', 'three']])
  take(clark.in, 'four', 'five')
  await turnOver()
  t.same(written.slice(1), [['000002Z', 'in', 'Clark', 'four', 'five']], 'and so it is in the next turn')
  t.same(asked, [3, 2], 'if there is room for them')
})

t.test('what is not alike is written apart, in the order of the first of each, at one time', async (t) => {
  const { together, written } = gather()
  const clark = together.open(CLARK)
  const oak = together.open({ peer: 'neighbour', who: 'Oak' })
  const client = together.open({ peer: 'client', who: '127.0.0.1:50112' })
  for (const other of [clark.out, oak.in, client.in]) {
    take(clark.in, 'one')
    take(other, 'two')
  }
  await turnOver()
  t.same(written, [
    ['000001Z', 'in', 'Clark', 'one', 'one', 'one'],
    ['000001Z', 'out', 'Clark', 'two'],
    ['000001Z', 'in', 'Oak', 'two'],
    ['000001Z', 'in', '127.0.0.1:50112', 'two'],
  ])
})

t.test('no more than 256 lines are written together', async (t) => {
  const { together, written } = gather()
  const { out } = together.open(CLARK)
  const lines = Array.from({ length: 514 }, (_, n) => String(n))
  take(out, ...lines)
  await turnOver()
  t.same(
    written.map(([, , , ...lines]) => lines.length),
    [256, 256, 2],
  )
  t.same(
    written.flatMap(([, , , ...lines]) => lines),
    lines,
  )
})

t.test('nor many more than 64 KiB', async (t) => {
  const { together, written } = gather()
  const { out } = together.open(CLARK)
  take(out, ...Array.from({ length: 40 }, () => 'x'.repeat(4_000)))
  await turnOver()
  t.same(
    written.map(([, , , ...lines]) => lines.length),
    [17, 17, 6],
  )
})

t.test('a line that is not plain is written alone, after those before it', async (t) => {
  const { together, written, alone } = gather()
  const { in: heard } = together.open(CLARK)
  take(heard, 'one', '"two"', '\u00ff', 'four')
  await turnOver()
  t.same(alone, [
    [{ ...CLARK, kind: 'in', line: '"two"' }, 1],
    [{ ...CLARK, kind: 'in', line: '\u00ff' }, 1],
  ])
  t.same(
    written.map(([, , , ...lines]) => lines),
    [['one'], ['four']],
  )
})

t.test('what is gathered can be written at once, and then is not written again', async (t) => {
  const { together, written } = gather()
  const clark = together.open(CLARK)
  together.end()
  t.same(written, [], 'nothing is written as nothing')
  take(clark.in, 'one')
  together.end()
  t.same(written, [['000001Z', 'in', 'Clark', 'one']])
  take(clark.out, 'two')
  await turnOver()
  await turnOver()
  t.same(written.slice(1), [['000002Z', 'out', 'Clark', 'two']])
})

t.test('what there is no room for is not written', async (t) => {
  const { together, written, asked } = gather(false)
  take(together.open(CLARK).in, 'one', 'two')
  await turnOver()
  t.same(written, [])
  t.same(asked, [2])
})

t.test('lines of ever so many peers are kept apart, in this turn and the next', async (t) => {
  const { together, written } = gather()
  const peers = Array.from({ length: 600 }, (_, n) => together.open({ peer: 'client', who: String(n) }))
  for (let turn = 0; turn < 2; turn += 1) {
    for (const [n, peer] of peers.entries()) take(peer.in, `I am ${n}`)
    await turnOver()
    t.same(
      written.splice(0).map(([, , who, line]) => `${who}: ${line ?? ''}`),
      peers.map((_, n) => `${n}: I am ${n}`),
    )
  }
})
