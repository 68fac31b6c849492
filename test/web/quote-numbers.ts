import fc from 'fast-check'
import t from 'tap'
import { quoteNumbers } from '../../src/web/in/quote-numbers.js'

function quoted(json: string): string | undefined {
  const bytes = quoteNumbers(Buffer.from(json))
  return bytes && Buffer.from(bytes).toString()
}

const cases = [
  { title: 'every number', json: '[1,-2.50,3e-5, 4E+05 ]', is: '["1","-2.50","3e-5", "4E+05" ]' },
  { title: 'a number alone', json: '7', is: '"7"' },
  { title: 'numbers of one digit', json: '0,0,0', is: '"0","0","0"' },
  {
    title: 'no part of a string',
    json: String.raw`{"a1":"2\"3\\","é4":"5"}`,
    is: String.raw`{"a1":"2\"3\\","é4":"5"}`,
  },
  { title: 'no part of a word', json: '[true,false,null]', is: '[true,false,null]' },
  { title: 'nothing after a cut', json: '["1', is: '["1' },
  { title: 'nothing after a cut in an escape', json: '["1\\', is: '["1\\' },
  { title: 'nothing', json: '', is: '' },
]

for (const { title, json, is } of cases)
  t.test(`${title} is quoted`, async (t) => {
    t.equal(quoted(json), is)
  })

t.test('JSON may be nested 100 deep', async (t) => {
  t.equal(quoted('[{'.repeat(50) + '}]'.repeat(50))?.length, 200)
  t.equal(quoted('[{'.repeat(50) + '['), undefined)
  t.equal(quoted('[],{},'.repeat(200))?.length, 1_200, 'what is closed does not count')
})

t.test('JSON may have 100,000 commas', async (t) => {
  t.equal(quoted(','.repeat(100_000))?.length, 100_000)
  t.equal(quoted(','.repeat(100_001)), undefined)
})

t.test('all but numbers is left as it is', async () => {
  const spelled = (_: string, value: unknown): unknown =>
    typeof value === 'number' ? JSON.stringify(value) : value
  fc.assert(
    fc.property(fc.jsonValue(), fc.constantFrom(0, 2), (value, indent) => {
      const json = JSON.stringify(value, null, indent)
      return JSON.stringify(JSON.parse(quoted(json) ?? '')) === JSON.stringify(JSON.parse(json), spelled)
    }),
  )
})
