import t from 'tap'
import { availableMemory, defaultMaxMemory, memorySize } from '../../src/cli/memory-size.js'

const MIB = 1024 ** 2

t.test('a size is a decimal number of bytes, or of a unit', async (t) => {
  for (const [text, bytes] of [
    ['1048576', MIB],
    ['1.5M', 1.5 * MIB],
    ['64MiB', 64 * MIB],
    ['64MB', 64e6],
    ['2G', 2048 * MIB],
    ['2GiB', 2048 * MIB],
    ['2.5GB', 2.5e9],
    ['2048K', 2 * MIB],
    ['2048KiB', 2 * MIB],
    ['2000KB', 2e6],
    ['15G', 15 * 1024 * MIB],
  ] as const)
    t.equal(memorySize.parse(text), bytes, text)
})

t.test('anything else is not', async (t) => {
  const why = (text: string): string | undefined => memorySize.safeParse(text).error?.issues[0]?.message
  for (const text of [
    '',
    ' ',
    '-1',
    '1e9',
    '0x100000',
    '64 M',
    '64m',
    '.5G',
    '5.G',
    'M',
    '64MiBs',
    'Infinity',
  ])
    t.equal(why(text), 'is not a size like 512MiB or 2G', text)
  for (const text of ['0', '1048575', '1023K']) t.equal(why(text), 'is less than 1 MiB', text)
  for (const text of ['15.1G', '99999999999999999999']) t.equal(why(text), 'is more than 15 GiB', text)
})

t.test('the default is an eighth of what the process may use', async (t) => {
  t.equal(defaultMaxMemory(8 * 1024 * MIB), 1024 * MIB)
  t.equal(defaultMaxMemory(MIB), MIB)
  t.equal(defaultMaxMemory(1024 ** 4), 15 * 1024 * MIB)
  t.ok(defaultMaxMemory() >= MIB)
})

t.test('what the process may use is limited by its container', async (t) => {
  t.equal(availableMemory(MIB), MIB)
  t.ok(availableMemory(0) > MIB)
  t.equal(availableMemory(2 ** 64), availableMemory(0))
})
