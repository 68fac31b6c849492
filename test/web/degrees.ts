import t from 'tap'
import { isPosition } from '../../src/protocol/position.js'
import { toBytes } from '../../src/protocol/bytes.js'
import { parseDegrees } from '../../src/web/in/degrees.js'
import { isFault } from '../../src/web/in/incoming.js'

const cases = [
  { text: '34.068930', degrees: '+34.068930' },
  { text: '-33.8', degrees: '-33.8' },
  { text: ' 34.06 ', degrees: '+34.06' },
  { text: '+34.06', degrees: '+34.06' },
  { text: '-0.0', degrees: '-0.0' },
  { text: '-0', degrees: '-0' },
  { text: '90.000', degrees: '+90.000' },
  { text: '-5.0E-4', degrees: '-0.00050' },
  { text: '48.858330000000002', degrees: '+48.858330000000002' },
]

for (const { text, degrees } of cases)
  t.test(`${text} is a latitude`, async (t) => {
    t.equal(parseDegrees(text, 'latitude'), degrees)
    const position = toBytes(`${degrees}+0`)
    t.ok(isPosition(position, 0, position.length), 'an IAMAT takes it')
  })

for (const text of [
  '34,06',
  '',
  'null',
  'NaN',
  '90.0000000000000000001',
  '-91',
  '034.06',
  '3406.5',
  '5.',
  '9.1e1',
])
  t.test(`${JSON.stringify(text)} is no latitude`, async (t) => {
    const fault = parseDegrees(text, 'latitude')
    t.match(fault, { kind: 'fault', status: 400 })
    t.match(
      isFault(fault) && fault.why,
      /^the latitude ".*" is not a number from -90 to 90 with a decimal point/,
    )
  })

t.test('a longitude has up to 180 degrees', async (t) => {
  t.equal(parseDegrees('-180.00', 'longitude'), '-180.00')
  t.match(parseDegrees('180.01', 'longitude'), {
    why: /^the longitude "180.01" is not a number from -180 to 180/,
  })
})

t.test('a fault quotes the beginning of a long text', async (t) => {
  t.match(parseDegrees('x'.repeat(1_000), 'latitude'), { why: `the latitude "${'x'.repeat(60)}…" is not` })
})
