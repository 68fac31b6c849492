import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { Flood } from '../../src/flood/flood.js'
import type { Report } from '../../src/protocol/report.js'
import { lineIn, reports } from '../fixtures/reports.js'
import { floodAlone } from '../fixtures/floods.js'

/** A server that has received all reports of these sources, in order. */
function merged(...sources: (Iterable<Report> | Flood)[]): Flood {
  const flood = floodAlone('Clark', 4)
  for (const source of sources)
    for (const report of source instanceof Flood ? source.reports() : source) flood.receive(report)
  return flood
}

/** What must be equal for two servers that hold the same reports. */
function holds(flood: Flood): { lines: string[]; digest: string; size: number } {
  return {
    lines: Array.from(flood.reports(), lineIn).sort(),
    digest: flood.digest,
    size: flood.size,
  }
}

const some = reports(['kiwi', 'lime', 'fig'])

t.test('merging is commutative, associative and idempotent, for tables and for their digests', async (t) => {
  const property = fc.property(some, some, some, (first, second, third) => {
    const [a, b, c] = [merged(first), merged(second), merged(third)]
    const all = holds(merged(first, second, third))
    assert.deepEqual(holds(merged(a, b)), holds(merged(b, a)))
    assert.deepEqual(holds(merged(merged(a, b), c)), holds(merged(a, merged(b, c))))
    assert.deepEqual(holds(merged(a, a)), holds(a))
    assert.deepEqual(holds(merged(c, b, a, c)), all)
  })
  t.doesNotThrow(() => {
    fc.assert(property)
  })
})

t.test('servers that hold different reports have different digests', async (t) => {
  const property = fc.property(some, some, (first, second) => {
    const [a, b] = [holds(merged(first)), holds(merged(second))]
    assert.equal(a.digest === b.digest, a.lines.join('\n') === b.lines.join('\n'))
  })
  t.doesNotThrow(() => {
    fc.assert(property)
  })
})
