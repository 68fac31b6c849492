import assert from 'node:assert/strict'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import fc from 'fast-check'
import t from 'tap'
import { LineSplitter, MAX_LINE_BYTES, OVERLONG_HEAD_BYTES, type Line } from '../../src/protocol/lines.js'
import { bytes, chopped, inPieces } from '../fixtures/text.js'

const line = (text: string): Line => ({ kind: 'line', text })

function split(pieces: readonly string[]): Line[] {
  const splitter = new LineSplitter()
  return [...pieces.flatMap((piece) => splitter.push(piece)), ...splitter.end()]
}

const most = 'x'.repeat(MAX_LINE_BYTES)
const head = 'x'.repeat(OVERLONG_HEAD_BYTES)

const cases: Record<string, { text: string; lines: Line[] }> = {
  'nothing is no line': { text: '', lines: [] },
  'LF ends a line': { text: 'a\nb\n', lines: [line('a'), line('b')] },
  'an empty line is a line': { text: '\n\n', lines: [line(''), line('')] },
  'what is left without an LF is a last line': { text: 'a\nb', lines: [line('a'), line('b')] },
  'CR is kept: it is white space, not a line end': { text: 'a\r\nb\r', lines: [line('a\r'), line('b\r')] },
  'form feed, vertical tab and NUL end nothing': { text: 'a\f\v\0b\n', lines: [line('a\f\v\0b')] },
  'the longest line is whole': { text: `${most}\nb\n`, lines: [line(most), line('b')] },
  'a longer one is told by its head, and the next is whole': {
    text: `${most}x\nb\n`,
    lines: [{ kind: 'overlong', head }, line('b')],
  },
  'one longer by far is told once': {
    text: `${most.repeat(5)}\nb`,
    lines: [{ kind: 'overlong', head }, line('b')],
  },
  'an overlong last line is told once': {
    text: `a\n${most}x`,
    lines: [line('a'), { kind: 'overlong', head }],
  },
}

for (const [name, { text, lines }] of Object.entries(cases)) {
  t.test(name, async (t) => {
    t.same(split([text]), lines, 'whole')
    t.same(split(Array.from(text)), lines, 'byte by byte')
  })
}

t.test('an overlong line is told as soon as it is over, and kept no longer', async (t) => {
  const splitter = new LineSplitter(4)
  t.same(splitter.push('abcd'), [])
  t.same(splitter.push('e'), [{ kind: 'overlong', head: 'abcde' }])
  t.same(splitter.push('f'.repeat(1_000_000)), [])
  t.same(splitter.push('\ng\n'), [line('g')])
})

t.test('a line that comes a byte at a time costs no more than a few times its length', async (t) => {
  setFlagsFromString('--expose-gc')
  const collectGarbage = runInNewContext('gc') as () => void
  const used = (): number => {
    collectGarbage()
    const { heapUsed, external } = process.memoryUsage()
    return heapUsed + external
  }
  const before = used()
  const splitters = Array.from({ length: 500 }, () => new LineSplitter())
  for (let sent = 0; sent < MAX_LINE_BYTES; sent += 1)
    for (const splitter of splitters) splitter.push(String(sent % 10))
  const each = (used() - before) / splitters.length
  t.ok(each < 5 * MAX_LINE_BYTES, `${Math.round(each)} bytes`)
  t.match(splitters[0]?.end(), [{ kind: 'line', text: /^(0123456789)+012345$/ }])
})

t.test('any bytes, cut anywhere, are the same lines', async () => {
  fc.assert(
    fc.property(bytes(), chopped(), (text, cuts) => {
      const lines = split([text])
      assert.deepEqual(split(inPieces(text, cuts)), lines)
      const joined = lines.map((each) => (each.kind === 'line' ? each.text : '')).join('\n')
      assert.equal(joined, text.replace(/\n$/, ''))
    }),
  )
})
