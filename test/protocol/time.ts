import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { ByteWriter, toBytes, toText } from '../../src/protocol/bytes.js'
import {
  clockOf,
  compareTimes,
  instantOf,
  isMoreThan,
  parseTime,
  writeSkew,
} from '../../src/protocol/time.js'
import type { Digits, Instant } from '../../src/protocol/time.js'
import { time } from '../fixtures/text.js'

const PER_SECOND = 1_000_000_000n

/** From here on a double does not hold every second. */
const INEXACT = 10n ** 15n * PER_SECOND

/** A time between other bytes, which must not be read. */
function placed(text: string): Digits {
  return { bytes: toBytes(`99${text}99`), start: 2, end: 2 + text.length }
}

function read(text: string): Instant | undefined {
  const { bytes, start, end } = placed(text)
  return parseTime(bytes, start, end)
}

function instant(text: string): Instant {
  return read(text) ?? assert.fail(`no time: ${text}`)
}

/** Compares two times, whatever other bytes follow them. */
function compare(a: string, b: string): number {
  const { bytes, start, end } = placed(a)
  const [order = NaN, ...others] = ['99', '98', '89', '00'].map((after) =>
    compareTimes(bytes, start, end, toBytes(`9${b}${after}`), 1, 1 + b.length),
  )
  for (const other of others) assert.equal(other, order)
  return order
}

function skewOf(receivedAt: Instant, clientTime: string): string {
  const out = new ByteWriter(0)
  writeSkew(out, receivedAt, instant(clientTime), placed(clientTime))
  return toText(out.take())
}

/** A time in nanoseconds of any size, as the reference for these tests. */
function nanoseconds(text: string): bigint {
  const [whole = '', fraction = ''] = text.split('.')
  return BigInt(whole + fraction.slice(0, 9).padEnd(9, '0'))
}

/** Nanoseconds formatted as a time, with leading zeros and trailing digits that are ignored. */
function written(nanoseconds: bigint, zeros: number, beyond: string): string {
  const fraction = String(nanoseconds % PER_SECOND).padStart(9, '0')
  return `${'0'.repeat(zeros)}${nanoseconds / PER_SECOND}.${fraction}${beyond}`
}

/** Current times, times where a double of seconds is not exact, and times far beyond any clock. */
function moment(): fc.Arbitrary<bigint> {
  const ranges: [bigint, bigint][] = [
    [0n, 2n * PER_SECOND],
    [0n, 2_000_000_000n * PER_SECOND],
    [INEXACT - 2n * PER_SECOND, INEXACT + 2n * PER_SECOND],
    [0n, 10n ** 60n],
  ]
  return fc.oneof(...ranges.map(([min, max]) => fc.bigInt({ min, max })))
}

/** Two times, often equal or a few nanoseconds or a second apart, each in any notation. */
function pair(): fc.Arbitrary<[string, string]> {
  const apart = fc.oneof(
    fc.bigInt({ min: -2n, max: 2n }),
    fc.bigInt({ min: -2n * PER_SECOND, max: 2n * PER_SECOND }),
    fc.bigInt({ min: 0n, max: 10n ** 40n }),
  )
  const style = fc.tuple(fc.nat(3), fc.constantFrom('', '0', '9', '0000001'))
  const close = fc.tuple(moment(), apart, style, style).map(([one, apart, a, b]): [string, string] => {
    const other = one + apart < 0n ? 0n : one + apart
    return [written(one, ...a), written(other, ...b)]
  })
  return fc.oneof(close, fc.tuple(time(), time()))
}

t.test('a POSIX time is parsed to the nanosecond', async (t) => {
  const cases: Record<string, Instant> = {
    '1621464827.959498503': { seconds: 1_621_464_827, nanoseconds: 959_498_503 },
    '1621464827': { seconds: 1_621_464_827, nanoseconds: 0 },
    '0': { seconds: 0, nanoseconds: 0 },
    '0.000000001': { seconds: 0, nanoseconds: 1 },
    '00012.50': { seconds: 12, nanoseconds: 500_000_000 },
    '1.9999999999': { seconds: 1, nanoseconds: 999_999_999 },
    [`${'0'.repeat(40)}1.5`]: { seconds: 1, nanoseconds: 500_000_000 },
    '999999999999999.5': { seconds: 999_999_999_999_999, nanoseconds: 500_000_000 },
    // Beyond what a double holds exactly.
    '1000000000000000.5': { seconds: Infinity, nanoseconds: 500_000_000 },
    [`${'9'.repeat(40)}.5`]: { seconds: Infinity, nanoseconds: 500_000_000 },
  }
  for (const [text, instant] of Object.entries(cases)) t.same(read(text), instant, text)
})

t.test('what only looks like a number is not a time', async (t) => {
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
  // Arabic digits, as the bytes that arrive; and a no-break space.
  const foreign = [Buffer.from('٣').toString('latin1'), '1\u00a0']
  for (const text of [...wrong, ...foreign]) t.equal(read(text), undefined, JSON.stringify(text))
})

t.test('a time is exactly what its digits say', async () => {
  fc.assert(
    fc.property(pair(), ([text]) => {
      const exact = nanoseconds(text)
      const { seconds, nanoseconds: fraction } = instantOf(exact)
      assert.deepEqual(read(text), { seconds: exact < INEXACT ? seconds : Infinity, nanoseconds: fraction })
    }),
  )
})

t.test('a clock’s nanoseconds are an instant', async (t) => {
  t.same(instantOf(1_621_464_827_959_498_503n), instant('1621464827.959498503'))
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: INEXACT - 1n }), (exact) => {
      const { seconds, nanoseconds } = instantOf(exact)
      assert.equal(BigInt(seconds) * PER_SECOND + BigInt(nanoseconds), exact)
      assert.ok(nanoseconds < 1_000_000_000)
    }),
  )
})

t.test('one nanosecond counts, and 999999999.5 is before 1621464827.5', async (t) => {
  const order = [
    ...['0', '0.000000001', '999999999.5', '1621464827.5', '1621464827.500000001', '1621464827.6'],
    ...['10000000000', '9007199254740992', '9007199254740993', '9'.repeat(40), `${'9'.repeat(40)}.1`],
  ]
  t.same([...order].reverse().sort(compare), order)
})

t.test('equal nanoseconds are the same time in any notation', async (t) => {
  const same = ['1621464827.5', '1621464827.50', '001621464827.5000000009', '1621464827.500000000123456789']
  for (const a of same) for (const b of same) t.equal(compare(a, b), 0, `${a} and ${b}`)
  t.equal(compare('0', '000.0000000009'), 0)
})

t.test('comparing times is exact for any size', async () => {
  fc.assert(
    fc.property(pair(), ([a, b]) => {
      const apart = nanoseconds(a) - nanoseconds(b)
      assert.equal(Math.sign(compare(a, b)), apart > 0n ? 1 : apart < 0n ? -1 : 0)
    }),
    { numRuns: 1_000 },
  )
})

t.test('isMoreThan is exact', async (t) => {
  t.notOk(isMoreThan(60, instant('65.5'), instant('5.5')))
  t.ok(isMoreThan(60, instant('65.500000001'), instant('5.5')))
  t.ok(isMoreThan(60, instant('9'.repeat(40)), instant('5.5')))
  t.notOk(isMoreThan(0.5, instant('5.9'), instant('5.4')))
  t.ok(isMoreThan(0.5, instant('5.900000001'), instant('5.4')))
  t.ok(isMoreThan(0.5, instant('5.9'), instant('5')))
  t.ok(isMoreThan(0.5, instant('6.2'), instant('5.6')))
  t.notOk(isMoreThan(0.1, instant('5.1'), instant('5.0')))
  t.notOk(isMoreThan(86_400.000000001, instant('86405.000000001'), instant('5')))
  t.notOk(isMoreThan(0.5, instant('5'), instant('9')))
  const clock = moment().filter((exact) => exact < INEXACT / 2n)
  const apart = fc.bigInt({ min: -2n * PER_SECOND, max: 2n * PER_SECOND })
  fc.assert(
    fc.property(clock, fc.nat(1_000), fc.nat(999), apart, (earlier, seconds, milliseconds, apart) => {
      const limit = BigInt(seconds) * PER_SECOND + BigInt(milliseconds) * 1_000_000n
      const later = earlier + limit + apart
      fc.pre(later >= 0n)
      const limitSeconds = Number(`${seconds}.${String(milliseconds).padStart(3, '0')}`)
      assert.equal(isMoreThan(limitSeconds, instantOf(later), instantOf(earlier)), apart > 0n)
    }),
  )
})

t.test('a skew is always signed, with nine decimals', async (t) => {
  const cases: [receivedAt: string, clientTime: string, skew: string][] = [
    ['1621464828.222371889', '1621464827.959498503', '+0.262873386'],
    ['1621464827.959498503', '1621464928.957867873', '-100.998369370'],
    ['5', '5.5', '-0.500000000'],
    ['5', '5', '+0.000000000'],
    ['5', '5.000000001', '-0.000000001'],
    ['5.000000001', '4.000000002', '+0.999999999'],
    ['1', '0', '+1.000000000'],
    ['0', '9'.repeat(30), `-${'9'.repeat(30)}.000000000`],
    ['0.000000001', `1${'0'.repeat(30)}`, `-${'9'.repeat(30)}.999999999`],
    ['1.5', `00${'9'.repeat(30)}.2500000009`, `-${'9'.repeat(29)}7.750000000`],
  ]
  for (const [receivedAt, clientTime, skew] of cases)
    t.equal(skewOf(instant(receivedAt), clientTime), skew, skew)
})

t.test('a skew is exact: added to the client’s time it gives the server’s', async () => {
  const clock = moment().filter((exact) => exact < INEXACT)
  const near = fc
    .tuple(clock, fc.bigInt({ min: -2n * PER_SECOND, max: 2n * PER_SECOND }))
    .map(([received, apart]): [bigint, string] => [
      received,
      written(received < -apart ? 0n : received + apart, 0, ''),
    ])
  const far = fc.tuple(
    clock,
    fc.oneof(
      time(),
      pair().map(([text]) => text),
    ),
  )
  fc.assert(
    fc.property(fc.oneof(near, far), ([received, clientTime]) => {
      const skew = skewOf(instantOf(received), clientTime)
      const [, sign, size = ''] = /^([+-])((?:0|[1-9]\d*)\.\d{9})$/.exec(skew) ?? []
      const apart = nanoseconds(size)
      assert.equal(nanoseconds(clientTime) + (sign === '-' ? -apart : apart), received)
    }),
    { numRuns: 1_000 },
  )
})

/** The clock in microseconds from a time and a skew, each between other bytes. */
function clock(time: string, skew: string): number {
  const bytes = toBytes(`99${skew}99 kiwi 99${time}99`)
  const skewEnd = 2 + skew.length
  const start = skewEnd + '99 kiwi 99'.length
  return clockOf({ bytes, start, end: start + time.length }, 2, skewEnd)
}

t.test('a time and a skew give the server’s clock in whole microseconds', async (t) => {
  const cases: [time: string, skew: string, clock: number][] = [
    ['1621464827.959498503', '+0.263873386', 1_621_464_828_223_371],
    ['1621464928.957867873', '-100.998369370', 1_621_464_827_959_498],
    ['5', '+0', 5_000_000],
    ['5', '-0', 5_000_000],
    // Nanoseconds that carry into the seconds or borrow from them.
    ['1.999999999', '+0.000000001', 2_000_000],
    ['2', '-0.000000001', 1_999_999],
    ['2.000001', '-1.000002', 999_999],
    // At most nine decimals count, and missing ones are 0.
    ['1.5', '+0.25', 1_750_000],
    ['1', '+0.0000019999', 1_000_001],
    ['1.0000009999', '+0.0000000009', 1_000_000],
    ['0001.5', '+0000', 1_500_000],
    // Times before 1970 are exact too.
    ['1', '-1.000000001', -1],
    ['1.5', '-10', -8_500_000],
  ]
  for (const [time, skew, micros] of cases) t.equal(clock(time, skew), micros, `${time} ${skew}`)
})

t.test('the server’s clock is exact, and the one from which the skew was computed', async () => {
  const shown = fc.bigInt({ min: 0n, max: 9_007_199_254n * PER_SECOND })
  fc.assert(
    fc.property(shown, shown, fc.nat(3), fc.constantFrom('', '0', '9'), (received, time, zeros, beyond) => {
      const clientTime = written(time, zeros, beyond)
      assert.equal(clock(clientTime, skewOf(instantOf(received), clientTime)), Number(received / 1_000n))
    }),
    { numRuns: 1_000 },
  )
})

t.test('beyond any real time the clock is still a number', async (t) => {
  const huge = '9'.repeat(40)
  t.equal(clock(huge, '+1'), Infinity)
  t.equal(clock('1', `-${huge}`), -Infinity)
  t.ok(Number.isNaN(clock(huge, `-${huge}`)), 'as nobody knows how far beyond either is')
  t.notOk(Number.isSafeInteger(clock('999999999999999', '+0')))
})
