import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { toBytes } from '../../src/protocol/bytes.js'
import { geoPointIn, isPosition, isReportedPosition, parsePosition } from '../../src/protocol/position.js'

/** Whether a text is a position, of a client or of a report, when it stands between other bytes, which must not be read. */
function isPlaced(text: string, is = isPosition): boolean {
  return is(toBytes(`+1+${text}7-1`), 3, 3 + text.length)
}

t.test('a position is two signed decimals, and every digit is kept', async (t) => {
  const cases: Record<string, [latitude: string, longitude: string]> = {
    '+34.068930-118.445127': ['34.068930', '-118.445127'],
    '+34-118': ['34', '-118'],
    '-0.0+0.0': ['-0.0', '0.0'],
    '+09.000-018': ['09.000', '-018'],
    '-90-180': ['-90', '-180'],
    '+89.99999999999999999999+179.99999999999999999999': [
      '89.99999999999999999999',
      '179.99999999999999999999',
    ],
  }
  for (const [text, [latitude, longitude]] of Object.entries(cases)) {
    t.same(parsePosition(text), { latitude, longitude }, text)
    t.ok(isPlaced(text), text)
    t.ok(isPlaced(text, isReportedPosition), text)
  }
})

t.test('anything else is not a position', async (t) => {
  const wrong = [
    ...[
      '',
      '+',
      '+-',
      '34-118',
      '+34118',
      '+34.-118',
      '+.5-118',
      '+34-118.',
      '+34--118',
      '++34-118',
      '+34-118+5',
    ],
    ...[
      '+34.0.1-118',
      '+3e1-118',
      '+nan-118',
      '+0x1-118',
      ' +34-118',
      '+34 -118',
      '+34,5-118',
      '−34+118',
      Buffer.from('−34+118').toString('latin1'),
      '+34-118/',
    ],
    ...['+91.0-118.0', '+34-181', '+90.00000000000000000000001+0', '+0-180.00000000000000000000001'],
    ...[`+${'9'.repeat(400)}-118`, '+34-', '34+118-5'],
  ]
  for (const text of wrong) {
    t.equal(parsePosition(text), undefined, text.slice(0, 40))
    t.notOk(isPlaced(text), text.slice(0, 40))
    t.notOk(isPlaced(text, isReportedPosition), text.slice(0, 40))
  }
})

t.test(
  'more digits of degrees are taken in reports, as by version 0.1.0, but not from clients',
  async (t) => {
    const cases: Record<string, [latitude: string, longitude: string]> = {
      // Degrees and minutes.
      '+0012-00034': ['0012', '-00034'],
      '+090.000-0180': ['090.000', '-0180'],
      '+012-118': ['012', '-118'],
      '+12-0118': ['12', '-0118'],
    }
    for (const [text, [latitude, longitude]] of Object.entries(cases)) {
      t.notOk(isPlaced(text), text)
      t.ok(isPlaced(text, isReportedPosition), text)
      t.same(parsePosition(text), { latitude, longitude }, text)
    }
  },
)

t.test('a position in numbers is the nearest that doubles can be', async (t) => {
  const cases: Record<string, [latitude: number, longitude: number]> = {
    '+34.068930-118.445127': [34.06893, -118.445127],
    '-90+180': [-90, 180],
    '+0012-00034.5': [12, -34.5],
    '-0.1+0.3': [-0.1, 0.3],
    '+1.0000000000000002-0.1000000000000000055': [1.0000000000000002, -0.1],
    '+12.3456789012345-123.456789012345678': [12.3456789012345, -123.45678901234568],
  }
  for (const [text, [latitude, longitude]] of Object.entries(cases))
    t.same(geoPointIn(toBytes(`+1+${text}7-1`), 3, 3 + text.length), { latitude, longitude }, text)
  fc.assert(
    fc.property(fc.double({ min: -90, max: 90, noNaN: true }), fc.nat(20), (degrees, digits) => {
      const text = `${degrees < 0 ? '-' : '+'}${Math.abs(degrees).toFixed(digits)}`
      const point = geoPointIn(toBytes(`${text}+0`), 0, text.length + 2)
      assert.ok(point.latitude === Number(text), text)
    }),
    { numRuns: 1_000, seed: 17 },
  )
})
