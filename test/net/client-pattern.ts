import fc from 'fast-check'
import t from 'tap'
import { ClientPattern } from '../../src/net/client-pattern.js'
import { toBytes } from '../../src/protocol/bytes.js'
import { drawSeed } from '../fixtures/seeds.js'

t.test('a star stands for any bytes, and every other byte for itself', async (t) => {
  const cases: [pattern: string, matching: string[], other: string[]][] = [
    ['*', ['', 'a', '\xff\x00'], []],
    ['truck-*', ['truck-', 'truck-7', 'truck-\xff'], ['truck', 'xtruck-7', 'Truck-7']],
    ['*-7', ['-7', 'truck-7'], ['-77', '7']],
    ['a*a', ['aa', 'aba', 'aaa'], ['a', 'ab', 'ba']],
    ['a', ['a'], ['', 'aa', 'b']],
    ['', [''], ['a']],
    ['**', ['', 'a'], []],
    ['a**b*c', ['abc', 'a1b2c', 'abbc'], ['acb', 'ab', 'bc']],
    ['*abab*abc*', ['ababcababc', 'xababababcx'], ['ababc', 'abab']],
    ['[a-z]?.', ['[a-z]?.'], ['b?.', 'bx.']],
    ['k\u00fcwi', ['k\xc3\xbcwi'], ['k\xfcwi']],
  ]
  for (const [pattern, matching, other] of cases) {
    const compiled = new ClientPattern(pattern)
    for (const id of matching) t.ok(compiled.matches(toBytes(id)), `${pattern} ${id}`)
    for (const id of other) t.notOk(compiled.matches(toBytes(id)), `${pattern} ${id}`)
  }
})

t.test('only the bytes of the ID count', async (t) => {
  const line = toBytes('IAMAT truck-7 +1+1 5')
  t.ok(new ClientPattern('truck-*').matches(line, 6, 13))
  t.ok(new ClientPattern('*7').matches(line, 6, 13))
  t.notOk(new ClientPattern('*7*5').matches(line, 6, 13))
  t.ok(new ClientPattern('truck-7').matches(line, 6, 13))
})

t.test('any pattern matches as the same regular expression does', async (t) => {
  const text = fc.array(fc.constantFrom('a', 'b', '*'), { maxLength: 8 }).map((parts) => parts.join(''))
  const id = fc.array(fc.constantFrom('a', 'b'), { maxLength: 12 }).map((parts) => parts.join(''))
  fc.assert(
    fc.property(text, id, (pattern, client) => {
      const expected = new RegExp(`^${pattern.replaceAll('*', '.*')}$`, 's').test(client)
      return new ClientPattern(pattern).matches(toBytes(client)) === expected
    }),
    { seed: drawSeed(t), numRuns: 5_000 },
  )
})

t.test('a pattern that nearly matches everywhere takes no longer than any other', async (t) => {
  const pattern = new ClientPattern(`*${`${'a'.repeat(60)}b*`.repeat(4)}`)
  const id = toBytes('a'.repeat(4_096))
  // With retries from every byte, so many would take minutes.
  for (let times = 0; times < 2_000; times += 1) if (pattern.matches(id)) t.fail('it matches')
})
