import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ClassicLevel } from 'classic-level'
import t from 'tap'
import { isDamaged } from '../../src/store/table.js'

t.test('a table is damaged when any bit of it is flipped, but not when it is unfinished', async (t) => {
  const folder = t.testdir()
  const level = new ClassicLevel(folder, { compression: false })
  for (let n = 0; n < 60; n += 1) await level.put(`client-${n}`, `AT Clark +0.5 client-${n} +34.06-118.44 1`)
  await level.compactRange('', '~')
  await level.close()
  const table = readFileSync(join(folder, readdirSync(folder).find((name) => name.endsWith('.ldb')) ?? ''))
  t.equal(isDamaged(table), false)
  // The bytes between the handles of the footer and its magic number are padding.
  const padding = table.subarray(-48, -8).findLastIndex((byte) => byte !== 0) + 1
  const unnoticed = [...table.keys()].filter((at) => {
    table[at] = (table[at] ?? 0) ^ (1 << (at % 8))
    const damaged = isDamaged(table)
    table[at] = (table[at] ?? 0) ^ (1 << (at % 8))
    return !damaged && at < table.length - 48 + padding
  })
  t.same(unnoticed, [])
  for (let length = 0; length < table.length; length += 7)
    t.equal(isDamaged(table.subarray(0, length)), false, `${length} bytes`)
  t.equal(isDamaged(table.subarray(-20)), true, 'an end without a beginning')
})
