import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { formatSkew, parseTime } from '../../src/protocol/time.js'
import { time } from '../fixtures/text.js'

t.test('a POSIX time is read to the nanosecond', async (t) => {
  const cases: Record<string, bigint> = {
    '1621464827.959498503': 1_621_464_827_959_498_503n,
    '1621464827': 1_621_464_827_000_000_000n,
    '0': 0n,
    '0.000000001': 1n,
    '00012.50': 12_500_000_000n,
    '1.9999999999': 1_999_999_999n,
    [`${'9'.repeat(40)}.5`]: BigInt(`${'9'.repeat(40)}500000000`),
  }
  for (const [text, instant] of Object.entries(cases)) t.equal(parseTime(text), instant, text)
})

t.test('what only looks like a number is no time', async (t) => {
  const wrong = [
    '',
    '5.',
    '.5',
    '.',
    '-5',
    '+5',
    '1e9',
    '1_000',
    '0x10',
    'nan',
    'inf',
    'Infinity',
    '1.2.3',
    '1,5',
  ]
  // Arabic digits, as text and as the bytes that arrive; and a no-break space.
  const foreign = ['٣', Buffer.from('٣').toString('latin1'), '1\u00a0']
  for (const text of [...wrong, ...foreign]) t.equal(parseTime(text), undefined, JSON.stringify(text))
})

t.test('one nanosecond counts, and 999999999.5 is before 1621464827.5', async (t) => {
  const order = ['999999999.5', '1621464827.5', '1621464827.500000001', '1621464827.6', '10000000000']
  const instants = order.map((text) => parseTime(text) ?? -1n)
  t.same(
    [...instants].reverse().sort((a, b) => (a < b ? -1 : 1)),
    instants,
  )
})

t.test('a skew is always signed, with nine decimals', async (t) => {
  const cases: [receivedAt: string, clientTime: string, skew: string][] = [
    ['1621464828.222371889', '1621464827.959498503', '+0.262873386'],
    ['1621464827.959498503', '1621464928.957867873', '-100.998369370'],
    ['5', '5.5', '-0.500000000'],
    ['5', '5', '+0.000000000'],
    ['5', '5.000000001', '-0.000000001'],
    ['1', '0', '+1.000000000'],
    ['0', '9'.repeat(30), `-${'9'.repeat(30)}.000000000`],
  ]
  for (const [receivedAt, clientTime, skew] of cases)
    t.equal(formatSkew(parseTime(receivedAt) ?? 0n, parseTime(clientTime) ?? 0n), skew, skew)
})

t.test('a skew is exact: added to the client’s time it gives the server’s', async (t) => {
  const property = fc.property(time(), time(), (receivedAt, clientTime) => {
    const [received, client] = [parseTime(receivedAt) ?? 0n, parseTime(clientTime) ?? 0n]
    const [, sign, size = ''] = /^([+-])(\d+\.\d{9})$/.exec(formatSkew(received, client)) ?? []
    const skew = parseTime(size) ?? 0n
    assert.equal(client + (sign === '-' ? -skew : skew), received)
  })
  t.doesNotThrow(() => {
    fc.assert(property)
  })
})
