import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { toBytes } from '../../src/protocol/bytes.js'
import { endAtMost, isDigit, NO_DECIMAL, pointIn } from '../../src/protocol/decimal.js'
import { decimalBelow } from '../fixtures/text.js'

// The bytes around a decimal must not be read, so they look like parts of it.
const before = '7.'
const after = '.7'

function pointOf(text: string): number {
  const point = pointIn(toBytes(before + text + after), before.length, before.length + text.length)
  return point === NO_DECIMAL ? NO_DECIMAL : point - before.length
}

function isWithin(text: string, limit: number): boolean {
  const end = before.length + text.length
  return endAtMost(toBytes(before + text + after), before.length, end, limit) === end
}

t.test('a decimal is digits, optionally with a point and digits', async (t) => {
  const cases: Record<string, number> = { '0': 1, '34': 2, '007': 3, '34.5': 2, '0.0': 1, '1.959498503': 1 }
  for (const [text, point] of Object.entries(cases)) t.equal(pointOf(text), point, text)
  t.equal(pointOf('1'.repeat(1_000)), 1_000)
  t.not(pointIn(toBytes('5.5'), 0, 3), NO_DECIMAL, 'also at the start of the bytes')
})

t.test('anything else is not a decimal', async (t) => {
  const wrong = [
    '',
    '.',
    '5.',
    '.5',
    '1.2.3',
    '1..2',
    '+5',
    '-5',
    '1e9',
    '1_000',
    '0x10',
    'nan',
    '1,5',
    ' 5',
    '5 ',
  ]
  // The characters before and after the digits; and Arabic digits, as the bytes that arrive.
  const near = ['/', ':', '5/', '5:', Buffer.from('٣').toString('latin1')]
  for (const text of [...wrong, ...near]) t.equal(pointOf(text), NO_DECIMAL, JSON.stringify(text))
})

t.test('an empty or reversed range is not a decimal', async (t) => {
  t.equal(pointIn(toBytes('12345'), 3, 2), NO_DECIMAL)
})

t.test('decimals are what a regular expression finds', async () => {
  const characters = fc.array(fc.constantFrom('0', '5', '9', '.', '-', 'e', ' '), { maxLength: 6 })
  fc.assert(
    fc.property(
      fc.oneof(
        characters.map((each) => each.join('')),
        decimalBelow(1_000),
      ),
      (text) => {
        const match = /^([0-9]+)(?:\.[0-9]+)?$/.exec(text)
        assert.equal(pointOf(text), match?.[1]?.length ?? NO_DECIMAL)
      },
    ),
  )
})

t.test('a limit is exact to the last digit', async (t) => {
  for (const text of ['0', '0.5', '89.99999999999999999999', '90', '90.000', '000090.0', '00089.1'])
    t.ok(isWithin(text, 90), text)
  for (const text of ['91', '90.1', '90.00000000000000000000000000001', '100', '0091.0', '9'.repeat(400)])
    t.notOk(isWithin(text, 90), text)
  t.ok(isWithin('0.000', 0))
  t.notOk(isWithin('0.001', 0))
})

t.test('a limit is as exact as with whole numbers', async () => {
  const trailing = fc.tuple(fc.nat(60), fc.nat(12), fc.constantFrom('', '1'))
  const close = trailing.map(([whole, zeros, last]) => `${whole}.0${'0'.repeat(zeros)}${last}`)
  fc.assert(
    fc.property(fc.oneof(decimalBelow(60), close), fc.nat(60), (text, limit) => {
      const [whole = '', fraction = ''] = text.split('.')
      const isExpected = BigInt(whole + fraction) <= BigInt(limit) * 10n ** BigInt(fraction.length)
      assert.equal(isWithin(text, limit), isExpected)
    }),
  )
})

t.test('only 0 to 9 are digits', async (t) => {
  const digits = Array.from({ length: 256 }, (_, byte) => byte).filter(isDigit)
  t.same(digits, [...toBytes('0123456789')])
})
