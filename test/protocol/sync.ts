import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { ByteWriter, toText } from '../../src/protocol/bytes.js'
import { parseText } from '../../src/protocol/command.js'
import { formatDigest, writeSync, type SyncMessage } from '../../src/protocol/sync.js'

const word = fc.oneof(fc.nat(255), fc.integer({ min: 0, max: 0xffff_ffff }))
const digest = fc.tuple(word, word).map((words) => formatDigest(...words))
const count = fc.nat(999_999_999)
const seconds = fc.nat(999_999_999_999_999)

function digests(constraints: fc.ArrayConstraints): fc.Arbitrary<Uint32Array> {
  return fc.array(fc.tuple(word, word), constraints).map((pairs) => Uint32Array.from(pairs.flat()))
}

function textOf(message: SyncMessage, knowsCutoffs = true): string {
  const out = new ByteWriter(0)
  writeSync(out, message, knowsCutoffs)
  return toText(out.take())
}

t.test('sync messages are parsed back', async (t) => {
  const message: fc.Arbitrary<SyncMessage> = fc.oneof(
    fc.record({ kind: fc.constant('digest' as const), digest, clients: count }),
    fc.record({
      kind: fc.constant('digest' as const),
      digest,
      clients: count,
      range: fc.record({ cutoff: seconds, step: seconds, from: seconds }, { noNullPrototype: true }),
    }),
    fc.record({ kind: fc.constant('buckets' as const), digests: digests({ minLength: 1, maxLength: 20 }) }),
    fc.record({
      kind: fc.constant('buckets' as const),
      digests: digests({ minLength: 1, maxLength: 20 }),
      from: seconds,
    }),
    fc.record({
      kind: fc.constant('have' as const),
      bucket: count,
      digests: digests({ maxLength: 20 }),
      from: seconds,
    }),
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

t.test('times come last, and are left out for a neighbour that does not know them', async (t) => {
  const digests = Uint32Array.of(0, 10)
  const hex = '000000000000000a'
  const range = { cutoff: 17, step: 2, from: 19 }
  for (const [message, line, plain] of [
    [{ kind: 'digest', digest: hex, clients: 12, range }, `DIGEST ${hex} 12 17 2 19`, `DIGEST ${hex} 12`],
    [{ kind: 'buckets', digests, from: 19 }, `BUCKETS ${hex} 19`, `BUCKETS ${hex}`],
    [{ kind: 'have', bucket: 7, digests, from: 19 }, `HAVE 7 ${hex} 19`, `HAVE 7 ${hex}`],
    [{ kind: 'have', bucket: 7, digests: new Uint32Array(0), from: 19 }, 'HAVE 7 - 19', 'HAVE 7 '],
    [{ kind: 'want', bucket: 7, digests }, `WANT 7 ${hex}`, `WANT 7 ${hex}`],
  ] as const) {
    t.equal(textOf(message), line)
    t.equal(textOf(message, false), plain)
  }
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
      `DIGEST ${hex} 1 2 3`,
      `DIGEST ${hex} 1 2 3 4 5`,
      ...['x 3 4', '2 x 4', '2 3 x', `${'9'.repeat(16)} 3 4`].map((times) => `DIGEST ${hex} 1 ${times}`),
      'DIGEST 1 1',
    ],
    ...[
      'BUCKETS',
      `BUCKETS ${hex} ${hex}`,
      `BUCKETS ${hex} 1 2`,
      `BUCKETS ${hex}0 1`,
      `BUCKETS ${hex}0`,
      `BUCKETS ${hex.toUpperCase()}`,
    ],
    ...['HAVE - 1 1', `HAVE 1 ${hex} x`, `HAVE 1 ${hex}0 1`, `HAVE x ${hex} 1`, `HAVE 1 ${hex} 1 1`],
    ...[`WANT 1 ${hex} 1`, 'WANT 1 - 1', 'HAVE 1 -'],
    ...['HAVE', 'HAVE x', `HAVE 1 ${hex} ${hex}`, `HAVE 1 ${hex}0`, 'WANT -1', 'WANT 1234567890', 'PING x'],
    // Half a digest; and the characters around the digits.
    ...[`BUCKETS ${hex.slice(8)}`, `HAVE 1 ${hex}${hex.slice(8)}`],
    ...['/', ':', '`', 'g'].map((wrong) => `BUCKETS ${wrong}${hex.slice(1)}`),
    ...['/', ':'].map((wrong) => `WANT ${wrong}`),
  ])
    t.match(parseText(line), { kind: 'malformed', why: line.split(' ')[0] }, line)
  t.equal(parseText('PING').kind, 'ping')
})
