import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { ByteWriter, toText } from '../../src/protocol/bytes.js'
import { parseText } from '../../src/protocol/command.js'
import { formatDigest, writeSync, type SyncMessage } from '../../src/protocol/sync.js'

const word = fc.oneof(fc.nat(255), fc.integer({ min: 0, max: 0xffff_ffff }))
const digest = fc.tuple(word, word).map((words) => formatDigest(...words))
const count = fc.nat(999_999_999)

function digests(constraints: fc.ArrayConstraints): fc.Arbitrary<Uint32Array> {
  return fc.array(fc.tuple(word, word), constraints).map((pairs) => Uint32Array.from(pairs.flat()))
}

function textOf(message: SyncMessage): string {
  const out = new ByteWriter(0)
  writeSync(out, message)
  return toText(out.take())
}

t.test('sync messages are parsed back', async (t) => {
  const message: fc.Arbitrary<SyncMessage> = fc.oneof(
    fc.record({ kind: fc.constant('digest' as const), digest, clients: count }),
    fc.record({ kind: fc.constant('buckets' as const), digests: digests({ minLength: 1, maxLength: 20 }) }),
    fc.record({
      kind: fc.constantFrom('have' as const, 'want' as const),
      bucket: count,
      digests: digests({ maxLength: 20 }),
    }),
  )
  t.doesNotThrow(() => {
    fc.assert(
      fc.property(message, (message) => {
        // fast-check makes objects without a prototype.
        assert.deepEqual(parseText(textOf(message)), { kind: 'sync', message: { ...message } })
      }),
    )
  })
})

t.test('a digest is 16 hexadecimal digits, the high word first', async (t) => {
  const digests = Uint32Array.of(0x0123_4567, 0x89ab_cdef, 0, 10, 0xffff_ffff, 0x8000_0000)
  const digits = '0123456789abcdef000000000000000affffffff80000000'
  t.equal(textOf({ kind: 'buckets', digests }), `BUCKETS ${digits}`)
  t.equal(textOf({ kind: 'have', bucket: 1_023, digests }), `HAVE 1023 ${digits}`)
  t.equal(textOf({ kind: 'want', bucket: 7, digests }), `WANT 7 ${digits}`)
  t.equal(textOf({ kind: 'have', bucket: 0, digests: digests.subarray(0, 0) }), 'HAVE 0 ')
  const digest = formatDigest(0x0000_000a, 0x89ab_cdef)
  t.equal(textOf({ kind: 'digest', digest, clients: 12 }), 'DIGEST 0000000a89abcdef 12')
})

t.test('anything else is malformed', async (t) => {
  const hex = '0123456789abcdef'
  for (const line of [
    ...[
      'DIGEST',
      `DIGEST ${hex}`,
      `DIGEST ${hex} x`,
      `DIGEST ${hex}${hex} 1`,
      `DIGEST ${hex} 1 2`,
      'DIGEST 1 1',
    ],
    ...['BUCKETS', `BUCKETS ${hex} ${hex}`, `BUCKETS ${hex}0`, `BUCKETS ${hex.toUpperCase()}`],
    ...['HAVE', 'HAVE x', `HAVE 1 ${hex} ${hex}`, `HAVE 1 ${hex}0`, 'WANT -1', 'WANT 1234567890', 'PING x'],
    // Half a digest; and the characters around the digits.
    ...[`BUCKETS ${hex.slice(8)}`, `HAVE 1 ${hex}${hex.slice(8)}`],
    ...['/', ':', '`', 'g'].map((wrong) => `BUCKETS ${wrong}${hex.slice(1)}`),
    ...['/', ':'].map((wrong) => `WANT ${wrong}`),
  ])
    t.match(parseText(line), { kind: 'malformed', why: line.split(' ')[0] }, line)
  t.equal(parseText('PING').kind, 'ping')
})
