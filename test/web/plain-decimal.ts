import fc from 'fast-check'
import t from 'tap'
import { parsePlainDecimal } from '../../src/web/in/plain-decimal.js'

const cases = [
  { text: '34.068930', plain: '+34.068930' },
  { text: '+34.1', plain: '+34.1' },
  { text: '-118', plain: '-118' },
  { text: '007.50', plain: '+007.50' },
  { text: '-0', plain: '-0' },
  { text: '-0.0', plain: '-0.0' },
  { text: '1.0E-5', plain: '+0.000010' },
  { text: '-5.0E-4', plain: '-0.00050' },
  { text: '5e-05', plain: '+0.00005' },
  { text: '1.497476456E9', plain: '+1497476456' },
  { text: '1.4974764560E9', plain: '+1497476456.0' },
  { text: '1.5e+3', plain: '+1500' },
  { text: '0.05e1', plain: '+0.5' },
  { text: '0.5e1', plain: '+5' },
  { text: '123.45e-1', plain: '+12.345' },
  { text: '1e0', plain: '+1' },
  { text: '0e5', plain: '+0' },
  { text: '5e-324', plain: `+0.${'0'.repeat(323)}5` },
  { text: '9'.repeat(400), plain: `+${'9'.repeat(400)}` },
]

for (const { text, plain } of cases)
  t.test(`${text.slice(0, 20)} is written out`, async (t) => {
    const { sign = '', digits = '' } = parsePlainDecimal(text) ?? {}
    t.equal(sign + digits, plain)
  })

const refused = [
  '',
  '-',
  '.5',
  '5.',
  '1,5',
  '1_000',
  '0x10',
  'NaN',
  'Infinity',
  '1e',
  '1e1.5',
  '--1',
  ' 1',
  '١',
]

for (const text of [...refused, '1e500', '1e-500', '1e9999999999', '9'.repeat(401)])
  t.test(`${JSON.stringify(text.slice(0, 20))} is no decimal`, async (t) => {
    t.equal(parsePlainDecimal(text), undefined)
  })

t.test('writing out an exponent does not change the number', async () => {
  fc.assert(
    fc.property(
      fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e50, max: 1e50 }),
      fc.nat(20),
      (double, places) => {
        const text = double.toExponential(places)
        const { sign = '', digits = '' } = parsePlainDecimal(text) ?? {}
        return Number(sign + digits) === Number(text) && !/^0[0-9]/.test(digits)
      },
    ),
  )
})
