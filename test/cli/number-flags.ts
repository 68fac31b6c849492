import t from 'tap'
import { decimalFlag, secondsFlag, wholeFlag } from '../../src/cli/number-flags.js'

type Flag = ReturnType<typeof decimalFlag>

function read(flag: Flag, text: string): number | string | undefined {
  const { success, data, error } = flag.safeParse(text)
  return success ? data : error.issues[0]?.message
}

/** JavaScript's Number() takes most of these for numbers. */
const NOT_PLAIN = [
  ...['', ' ', '\t', ' 1', '1 ', '0x10', '0b1', '0o7', '1e3', '1E3', '.5', '5.', '1.2.3', '1,5', '1_000'],
  ...['+1', '--1', '-', '.', 'NaN', 'Infinity', '-Infinity', '١', '１', 'soon', '1s', '1\n'],
]

t.test('a number on the command line is a plain decimal', async (t) => {
  const flag = decimalFlag('a percentage', { least: 0, most: 1_000 })
  const cases: Record<string, number | string> = {
    '0': 0,
    '007': 7,
    '0.25': 0.25,
    '1000.000': 1_000,
    '-1': 'is less than 0',
    '-0.5': 'is less than 0',
    '1000.1': 'is more than 1000',
    ['9'.repeat(400)]: 'is more than 1000',
  }
  for (const [text, expected] of Object.entries(cases)) t.equal(read(flag, text), expected, text)
  for (const text of NOT_PLAIN) t.equal(read(flag, text), 'is not a percentage', JSON.stringify(text))
})

t.test('a time on the command line is a duration or a number of seconds', async (t) => {
  const flag = secondsFlag({ least: 0, most: 86_400 })
  const cases: Record<string, number | string> = {
    '0': 0,
    '0.25': 0.25,
    '5': 5,
    '5s': 5,
    '500ms': 0.5,
    '1.5m': 90,
    '1h30m': 5_400,
    '24h': 86_400,
    '-1': 'is less than 0 s',
    '1w': 'is more than 86400 s',
  }
  for (const [text, expected] of Object.entries(cases)) t.equal(read(flag, text), expected, text)
  for (const text of [...NOT_PLAIN.filter((text) => text !== '1s'), '-1s', '5x', '5 s', '1h30'])
    t.equal(read(flag, text), 'is not a time such as 500ms, 5s or 1h30m', JSON.stringify(text))
})

t.test('a range may leave out its lower end', async (t) => {
  const flag = decimalFlag('a percentage', { above: 0, most: 100 })
  t.equal(read(flag, '0'), 'is not more than 0')
  t.equal(flag.safeParse('-1').error?.issues.length, 1, 'one reason is enough')
  t.equal(read(flag, '0.1'), 0.1)
  t.equal(read(flag, 'half'), 'is not a percentage')
})

t.test('a whole number has no point', async (t) => {
  const flag = wholeFlag({ least: 1, most: 9 })
  t.equal(read(flag, '9'), 9)
  t.equal(read(flag, '0'), 'is less than 1')
  t.equal(read(flag, '10'), 'is more than 9')
  for (const text of [...NOT_PLAIN, '1.5', '1.0']) t.equal(read(flag, text), 'is not a whole number', text)
})
