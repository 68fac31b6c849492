import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { readLevelDbTable } from '../../src/store/leveldb-table.js'

const WRITTEN = 'test/fixtures/leveldb-0.1.0'

/** A table that LevelDB wrote. */
const [name = ''] = readdirSync(WRITTEN).filter((name) => name.endsWith('.ldb'))
const table = readFileSync(join(WRITTEN, name))

function read(table: Buffer): { values: string[]; damaged: number } {
  const values: string[] = []
  const damaged = readLevelDbTable(table, (value) => values.push(value.toString('latin1')))
  return { values, damaged }
}

t.test('all values of a table are read', async (t) => {
  const { values, damaged } = read(table)
  t.equal(damaged, 0)
  t.equal(values.filter((value) => value.includes('AT Clark')).length, 200)
})

t.test('damage is counted, and no other value is read than those that were written', async (t) => {
  const written = new Set(read(table).values)
  const copy = Buffer.from(table)
  for (let at = 0; at < copy.length; at += 7) {
    copy[at] = (copy[at] ?? 0) ^ (1 << (at % 8))
    const { values, damaged } = read(copy)
    copy[at] = (copy[at] ?? 0) ^ (1 << (at % 8))
    t.same(
      values.filter((value) => !written.has(value)),
      [],
      `byte ${at}`,
    )
    if (values.length < written.size && at < copy.length - 8) t.not(damaged, 0, `byte ${at}`)
  }
})

t.test('a table that was not finished holds nothing', async (t) => {
  for (let length = 0; length < table.length; length += 99)
    t.same(read(table.subarray(0, length)), { values: [], damaged: 0 })
  t.match(read(table.subarray(-20)), { values: [], damaged: 1 }, 'an end without a beginning')
})
