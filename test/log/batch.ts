import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { Batch } from '../../src/log/batch.js'
import { parseEntry, formatEntry, type LineHeader } from '../../src/log/entry.js'
import { ByteWriter, toBytes, toText as textOf } from '../../src/protocol/bytes.js'
import { bytes } from '../fixtures/text.js'

const TRAFFIC: LineHeader = { kind: 'in', peer: 'client', who: '127.0.0.1:50112' }
const STAMP = { time: '2026-10-05T20:32:03.123456Z', server: 'Clark' }

/** Puts lines into a batch, each from the midst of other bytes; gives those that it took, and what it writes. */
function batchOf(traffic: LineHeader, lines: readonly string[]): { taken: string[]; written: string } {
  const batch = new Batch(STAMP.server, traffic)
  const memory = new ByteWriter(0)
  batch.begin(memory)
  const taken = lines.filter((line) => batch.add(toBytes(`"${line}"`), 1, 1 + line.length))
  const out = new ByteWriter(0)
  assert.equal(batch.size, taken.length)
  assert.equal(batch.end(toBytes(STAMP.time), out), memory)
  assert.deepEqual([batch.size, batch.bytes, memory.length], [0, 0, 0], 'it is empty again')
  return { taken, written: textOf(out.bytes, 0, out.length) }
}

t.test('a line alone is written like every other entry', async (t) => {
  const line = 'IAMAT kiwi +34.06-118.44 1621464827.9'
  const { written } = batchOf(TRAFFIC, [line])
  t.equal(written, `${formatEntry({ ...STAMP, entry: { ...TRAFFIC, line } })}\n`)
})

t.test('several are one JSON object, and its only line', async (t) => {
  const { written } = batchOf({ kind: 'out', peer: 'neighbour', who: 'Bernard' }, ['AT Clark', '', 'AT Oak'])
  t.equal(
    written,
    '{"time":"2026-10-05T20:32:03.123456Z","server":"Clark","kind":"out","peer":"neighbour","who":"Bernard","lines":["AT Clark","","AT Oak"]}\n',
  )
})

t.test('whom it is from may have any name', async (t) => {
  const traffic: LineHeader = { kind: 'in', peer: 'neighbour', who: 'O"ak' }
  const { written } = batchOf(traffic, ['one'])
  t.same(parseEntry(written), [{ ...STAMP, entry: { ...traffic, line: 'one' } }])
})

t.test(
  'what JSON would have to escape, or is no ASCII, it does not take, and nothing is left of it',
  async (t) => {
    for (const odd of ['"', '\\', '\0', '\t', '\u001f', '\u007f', '\u0080', 'k\u00efwi', '\u00ff'])
      for (const line of [odd, `IAMAT ${odd}`, `${odd} IAMAT`]) {
        const { taken, written } = batchOf(TRAFFIC, ['one', line, ' ~'])
        t.same(taken, ['one', ' ~'])
        t.same(
          parseEntry(written).map(({ entry }) => 'line' in entry && entry.line),
          ['one', ' ~'],
        )
      }
  },
)

t.test('with no line in it it writes nothing', async (t) => {
  t.equal(batchOf(TRAFFIC, []).written, '')
  t.equal(batchOf(TRAFFIC, ['"']).written, '')
})

t.test('whatever it takes is read as it came', async () => {
  const line = fc.oneof(bytes(), fc.string())
  fc.assert(
    fc.property(fc.array(line, { minLength: 1 }), (lines) => {
      const { taken, written } = batchOf(TRAFFIC, lines)
      assert.deepEqual(
        parseEntry(written),
        taken.map((line) => ({ ...STAMP, entry: { ...TRAFFIC, line } })),
      )
    }),
  )
})
