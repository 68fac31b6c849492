import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { ByteWriter, toText } from '../../src/protocol/bytes.js'
import { parseText } from '../../src/protocol/command.js'
import { writeTree, type TreeMessage } from '../../src/protocol/tree.js'
import { clientId } from '../fixtures/text.js'

function textOf(message: TreeMessage): string {
  const out = new ByteWriter(0)
  writeTree(out, message)
  return toText(out.take())
}

t.test('tree messages are parsed back', async (t) => {
  // A name is any run of bytes without white space, as a client's ID is.
  const origin = clientId()
  // Until the year 2255, when a double no longer holds each microsecond.
  const at = fc.oneof(
    fc.nat(9),
    fc.maxSafeNat().map((at) => Math.max(0, at - 99)),
  )
  const message: fc.Arbitrary<TreeMessage> = fc.oneof(
    fc.record({ kind: fc.constant('prune' as const), origin }),
    fc.record({ kind: fc.constantFrom('graft' as const, 'seen' as const), origin, at }),
  )
  t.doesNotThrow(() => {
    fc.assert(
      fc.property(message, (message) => {
        // fast-check makes objects without a prototype.
        assert.deepEqual(parseText(textOf(message)), { kind: 'tree', message: { ...message } })
      }),
    )
  })
})

t.test('a line has the origin, and the time of its last report in microseconds', async (t) => {
  const at = 1_621_464_828_223_371
  t.equal(textOf({ kind: 'prune', origin: 'Clark' }), 'PRUNE Clark')
  t.equal(textOf({ kind: 'graft', origin: 'Clark', at }), 'GRAFT Clark 1621464828223371')
  t.equal(textOf({ kind: 'seen', origin: 'Clark', at }), 'SEEN Clark 1621464828223371')
  t.equal(textOf({ kind: 'graft', origin: 'Clark', at: 0 }), 'GRAFT Clark 0', 'none has come')
})

t.test('extra white space and leading zeros are ignored', async (t) => {
  t.same(parseText(' PRUNE \t Clark\r'), { kind: 'tree', message: { kind: 'prune', origin: 'Clark' } })
  const seen = { kind: 'tree', message: { kind: 'seen', origin: 'Clark', at: 7 } }
  t.same(parseText('SEEN  Clark 0000000000000007 '), seen, 'as many digits as there may be')
})

t.test('anything else is malformed', async (t) => {
  const digits = '1621464828223371'
  for (const line of [
    ...['PRUNE', 'PRUNE Clark 1', `PRUNE Clark ${digits}`],
    ...['GRAFT', 'GRAFT Clark', `GRAFT ${digits}`, `GRAFT Clark ${digits} 1`, 'GRAFT Clark x'],
    ...['SEEN', 'SEEN Clark', `SEEN ${digits}`, `SEEN Clark ${digits} 1`, 'SEEN Clark x'],
    ...['-1', '+1', '1.5', '1e3', '0x1', '1_000', `${digits}0`, '0'.repeat(17)].map(
      (at) => `SEEN Clark ${at}`,
    ),
    // The characters around the digits.
    ...['/', ':'].flatMap((wrong) => [`GRAFT Clark ${wrong}`, `GRAFT Clark 1${wrong}`]),
  ])
    t.same(
      parseText(line),
      { kind: 'malformed', why: `${line.split(' ')[0] ?? ''} has invalid fields` },
      line,
    )
  for (const line of ['prune Clark', 'PRUNED Clark', 'GRAFTS Clark 1', 'SEE Clark 1'])
    t.match(parseText(line), { kind: 'malformed', why: 'unknown command' }, line)
})
