import { readFileSync } from 'node:fs'
import t from 'tap'
import { readLevelDbLog } from '../../src/store/leveldb-log.js'
import { batchOf, BLOCK_BYTES, logOf } from '../fixtures/leveldb.js'

function read(log: Buffer): { values: string[]; damaged: number } {
  const values: string[] = []
  const damaged = readLevelDbLog(log, (value) => values.push(value.toString('latin1')))
  return { values, damaged }
}

t.test('all values in a log that LevelDB wrote are read', async (t) => {
  const { values, damaged } = read(readFileSync('test/fixtures/leveldb-0.1.0/000012.log'))
  t.equal(damaged, 0)
  t.equal(values.filter((value) => value.includes('AT Clark')).length, 40)
})

t.test('records that cross the borders of blocks are read', async (t) => {
  // The last lengths leave room for no part, and for an empty one.
  const lengths = [5, 40_000, 100_000, 3, BLOCK_BYTES - 7 - 20 - 3, 20_000, 30_000, 9]
  const values = lengths.map((length, n) => String(n).repeat(length))
  const log = logOf(values.map((value) => batchOf(Buffer.from(value))))
  t.same(read(log), { values, damaged: 0 })
})

t.test('a log that ends in the middle of a record is not damaged', async (t) => {
  const log = logOf(['a', 'b'.repeat(40_000)].map((value) => batchOf(Buffer.from(value))))
  for (let length = 100; length < log.length; length += 999)
    t.same(read(log.subarray(0, length)), { values: ['a'], damaged: 0 }, `${length} bytes`)
})

t.test('a damaged record is counted, and the next blocks are read', async (t) => {
  const values = ['a', 'b'.repeat(40_000), 'c'.repeat(40_000), 'd']
  const log = logOf(values.map((value) => batchOf(Buffer.from(value))))
  for (const [at, left] of [
    [10, 'cd'],
    [99, 'acd'],
    [39_000, 'ad'],
    [79_000, 'ab'],
  ] as const) {
    const copy = Buffer.from(log)
    copy.fill(7, at, at + 2)
    const { values, damaged } = read(copy)
    t.same([values.map((value) => value.charAt(0)).join(''), damaged], [left, 1], `byte ${at}`)
  }
  // A length beyond the block.
  const copy = Buffer.from(log)
  copy.writeUInt16LE(65_535, 4)
  t.match(read(copy), { damaged: 1 })
})

t.test('a batch that removes something, or ends early, is counted as damage', async (t) => {
  const removal = Buffer.concat([Buffer.alloc(12), Buffer.from([0, 1, 65])])
  const whole = batchOf(Buffer.from('value'))
  t.same(read(logOf([removal, whole.subarray(0, 18), whole])), { values: ['value'], damaged: 2 })
})
