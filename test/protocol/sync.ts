import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { parseCommand } from '../../src/protocol/command.js'
import { formatSync, type SyncMessage } from '../../src/protocol/sync.js'

const digest = fc
  .array(
    fc.nat(15).map((digit) => digit.toString(16)),
    { minLength: 16, maxLength: 16 },
  )
  .map((digits) => digits.join(''))
const digests = fc.array(digest, { maxLength: 20 })
const count = fc.nat(999_999_999)

t.test('what servers compare is read back as it was said', async (t) => {
  const message: fc.Arbitrary<SyncMessage> = fc.oneof(
    fc.record({ kind: fc.constant('digest' as const), digest, clients: count }),
    fc.record({
      kind: fc.constant('buckets' as const),
      digests: fc.array(digest, { minLength: 1, maxLength: 20 }),
    }),
    fc.record({ kind: fc.constantFrom('have' as const, 'want' as const), bucket: count, digests }),
  )
  t.doesNotThrow(() => {
    fc.assert(
      fc.property(message, (message) => {
        // fast-check makes objects without a prototype.
        assert.deepEqual(parseCommand(formatSync(message)), { kind: 'sync', message: { ...message } })
      }),
    )
  })
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
    ...['HAVE', 'HAVE x', `HAVE 1 ${hex} ${hex}`, `HAVE 1 ${hex}0`, 'WANT -1', 'WANT 1234567890', 'PING 1'],
  ])
    t.equal(parseCommand(line).kind, 'malformed', line)
  t.equal(parseCommand('PING').kind, 'ping')
})
