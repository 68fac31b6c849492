import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { toBytes, toText } from '../../src/protocol/bytes.js'
import {
  lineOf,
  LineReader,
  MAX_BATCH_LINES,
  MAX_LINE_BYTES,
  OVERLONG_HEAD_BYTES,
  textOf,
  type Line,
} from '../../src/protocol/lines.js'
import { bytes, chopped, inPieces } from '../fixtures/text.js'

/** All that is to be known of a line, which itself is valid only until the next is read. */
interface Told {
  text: string
  isOverlong: boolean
  fieldCount: number
  /** The first eight. */
  fields: string[]
}

function told(line: Line): Told {
  const { bytes, isOverlong, fieldCount } = line
  const fields = Array.from({ length: Math.min(fieldCount, 8) }, (_, index) =>
    toText(bytes, line.fieldStart(index), line.fieldEnd(index)),
  )
  return { text: textOf(line), isOverlong, fieldCount, fields }
}

/** Reads at most so many lines. */
function readFrom(reader: LineReader, most = Infinity): Told[] {
  const lines: Told[] = []
  while (lines.length < most && reader.next()) lines.push(told(reader))
  return lines
}

function split(pieces: readonly string[], maxBytes?: number): Told[] {
  const reader = new LineReader(maxBytes)
  const lines = pieces.flatMap((piece) => {
    reader.push(toBytes(piece))
    return readFrom(reader)
  })
  reader.finish()
  return [...lines, ...readFrom(reader)]
}

/** What should be told of a whole line: its fields are what white space leaves. */
function line(text: string): Told {
  const fields = text.split(/[ \t\r\n\f\v]+/).filter((field) => field !== '')
  return { text, isOverlong: false, fieldCount: fields.length, fields: fields.slice(0, 8) }
}

/** What is known of the next lines before they are read: as of those that are read, but for their texts. */
function ahead(
  reader: LineReader,
  mostLines: number,
  mostBytes = Infinity,
): Omit<Told, 'text' | 'isOverlong'>[] {
  const lines = reader.tokenizeAhead(mostLines, mostBytes)
  return Array.from({ length: lines.count }, (_, line) => {
    const fieldCount = lines.fieldCount(line)
    const fields = Array.from({ length: Math.min(fieldCount, 8) }, (_, index) =>
      toText(lines.bytes, lines.fieldStart(line, index), lines.fieldEnd(line, index)),
    )
    return { fieldCount, fields }
  })
}

/** What should be known of lines ahead. */
function unread(...texts: string[]): ReturnType<typeof ahead> {
  return texts.map(line).map(({ fieldCount, fields }) => ({ fieldCount, fields }))
}

function overlong(head: string): Told {
  return { text: `${head}...`, isOverlong: true, fieldCount: 0, fields: [] }
}

const most = 'x'.repeat(MAX_LINE_BYTES)
const head = 'x'.repeat(OVERLONG_HEAD_BYTES)

const cases: Record<string, { text: string; lines: Told[] }> = {
  'nothing is no line': { text: '', lines: [] },
  'LF ends a line': { text: 'a\nb\n', lines: [line('a'), line('b')] },
  'an empty line is a line': { text: '\n\n', lines: [line(''), line('')] },
  'what is left without an LF is a last line': { text: 'a\nb', lines: [line('a'), line('b')] },
  'CR is kept: it is white space, not a line end': { text: 'a\r\nb\r', lines: [line('a\r'), line('b\r')] },
  'form feed, vertical tab and NUL end nothing': { text: 'a\f\v\0b\n', lines: [line('a\f\v\0b')] },
  'white space is around fields': { text: ' \ta  b\r\n', lines: [{ ...line('a b'), text: ' \ta  b\r' }] },
  'of more than eight fields the others are counted': {
    text: '1 2 3 4 5 6 7 8 9 10\n1\n',
    lines: [{ ...line('1 2 3 4 5 6 7 8 9 10'), fieldCount: 10 }, line('1')],
  },
  'the longest line is whole': { text: `${most}\nb\n`, lines: [line(most), line('b')] },
  'a longer one is told by its head, and the next is whole': {
    text: `${most}x\nb\n`,
    lines: [overlong(head), line('b')],
  },
  'one longer by far is told once': {
    text: `${most.repeat(5)}\nb`,
    lines: [overlong(head), line('b')],
  },
  'one longer by far has no fields': {
    text: `${head} ${'a b '.repeat(2_000)}\nc d\n`,
    lines: [overlong(head), line('c d')],
  },
  'an overlong last line is told once': {
    text: `a\n${most}x`,
    lines: [line('a'), overlong(head)],
  },
}

for (const [name, { text, lines }] of Object.entries(cases)) {
  t.test(name, async (t) => {
    t.same(split([text]), lines, 'whole')
    t.same(split(Array.from(text)), lines, 'byte by byte')
  })
}

t.test('an overlong line is told as soon as it is over, and kept no longer', async (t) => {
  const reader = new LineReader(4)
  const push = (text: string): Told[] => {
    reader.push(toBytes(text))
    return readFrom(reader)
  }
  t.same(push('abcd'), [])
  t.same(push('e'), [overlong('abcde')])
  t.same(push('f'.repeat(1_000_000)), [])
  t.equal(reader.bytes.length, 0)
  t.same(push('\ng\n'), [line('g')])
  t.equal(reader.bytes.length, 0, 'nor is one that was read, when nothing is left')
})

t.test('the most bytes of a line may change, also for one that has begun', async (t) => {
  const reader = new LineReader(4)
  reader.push(toBytes('abc'))
  t.notOk(reader.next())
  reader.maxBytes = 8
  reader.push(toBytes('defgh\nabcdefghi\n'))
  t.same(readFrom(reader), [line('abcdefgh'), overlong('abcdefghi')])
})

t.test('its reader may stop between two lines, and what waits is known', async (t) => {
  const reader = new LineReader()
  t.equal(reader.unreadBytes, 0)
  reader.push(toBytes('a b\nc\nd'))
  t.equal(reader.unreadBytes, 7)
  t.same(readFrom(reader, 1), [line('a b')])
  t.equal(reader.unreadBytes, 3)
  reader.push(toBytes('e\nf'))
  t.equal(reader.unreadBytes, 6)
  t.same(readFrom(reader), [line('c'), line('de')])
  t.equal(reader.unreadBytes, 0, 'in the rest of a line no other is looked for')
  reader.push(toBytes('g'))
  t.equal(reader.unreadBytes, 1)
  reader.finish()
  t.same(readFrom(reader), [line('fg')])
})

t.test('what waits when the sender is done is read as it came', async (t) => {
  for (const [text, lines] of Object.entries({ 'a\nb\n': ['a', 'b'], 'a\nb': ['a', 'b'], '\n': [''] })) {
    const reader = new LineReader()
    reader.push(toBytes(text))
    reader.finish()
    t.same(readFrom(reader), lines.map(line), JSON.stringify(text))
  }
})

t.test('any bytes, cut anywhere, are the same lines', async () => {
  fc.assert(
    fc.property(bytes(), chopped(), (text, cuts) => {
      const lines = split([text])
      assert.deepEqual(split(inPieces(text, cuts)), lines)
      const whole = text === '' ? [] : text.replace(/\n$/, '').split('\n')
      assert.deepEqual(lines, whole.map(line))
    }),
  )
})

t.test(
  'so they are if some of them are too long, however far their reader looks ahead or lags behind',
  async () => {
    const longer = fc
      .array(
        fc.oneof(
          bytes(),
          fc.integer({ min: 60, max: 200 }).map((length) => 'y'.repeat(length)),
        ),
      )
      .map((parts) => parts.join(''))
    const reads = fc.array(fc.nat(3), { maxLength: 50 })
    const looks = fc.array(fc.nat(4), { maxLength: 50 })
    fc.assert(
      fc.property(longer, chopped(), reads, looks, (text, cuts, reads, looks) => {
        const reader = new LineReader(OVERLONG_HEAD_BYTES)
        const lines = inPieces(text, cuts).flatMap((piece, index) => {
          reader.push(toBytes(piece))
          reader.tokenizeAhead(looks[index] ?? 0, Infinity)
          return readFrom(reader, reads[index] ?? 0)
        })
        reader.finish()
        lines.push(...readFrom(reader))
        const whole = text === '' ? [] : text.replace(/\n$/, '').split('\n')
        const expected = whole.map((each) =>
          each.length > OVERLONG_HEAD_BYTES ? overlong(each.slice(0, OVERLONG_HEAD_BYTES)) : line(each),
        )
        assert.deepEqual(lines, expected)
      }),
    )
  },
)

t.test('lines can be looked at before they are read', async (t) => {
  const reader = new LineReader()
  t.same(ahead(reader, 9), [])
  reader.push(toBytes('a b\n\n1 2 3 4 5 6 7 8 9\nc d'))
  t.same(ahead(reader, 9), unread('a b', '', '1 2 3 4 5 6 7 8 9'), 'whole ones')
  t.same(readFrom(reader, 1), [line('a b')])
  t.ok(reader.hasTokenized)
  t.same(ahead(reader, 9), unread('', '1 2 3 4 5 6 7 8 9'), 'again')
  t.same(readFrom(reader), ['', '1 2 3 4 5 6 7 8 9'].map(line))
  t.notOk(reader.hasTokenized)
  reader.push(toBytes('\ne\n'))
  t.same(ahead(reader, 9), [], 'none when a line has begun')
  t.same(readFrom(reader), ['c d', 'e'].map(line))
})

t.test('as many as is asked for, and are of use', async (t) => {
  const reader = new LineReader()
  reader.push(toBytes('a b\n'.repeat(100)))
  t.equal(ahead(reader, 9).length, 9)
  t.equal(ahead(reader, 99).length, MAX_BATCH_LINES)
  for (const [bytes, lines] of Object.entries({ 0: 0, 1: 1, 4: 1, 5: 2, 8: 2 }))
    t.equal(ahead(reader, 9, Number(bytes)).length, lines, `in ${bytes} bytes and to the end of the line`)
})

t.test('what one reader has looked at is no other’s', async (t) => {
  const [reader, other] = [new LineReader(), new LineReader()]
  reader.push(toBytes('a\nb b\nc\n'))
  other.push(toBytes('d d d\ne\n'))
  t.same(ahead(reader, 9), unread('a', 'b b', 'c'))
  t.same(readFrom(reader, 1), [line('a')])
  t.same(ahead(other, 9), unread('d d d', 'e'))
  t.notOk(reader.hasTokenized)
  t.same(readFrom(reader), ['b b', 'c'].map(line))
  t.same(readFrom(other), ['d d d', 'e'].map(line))
})

t.test('a line can be made of text, as long as it likes', async (t) => {
  for (const text of ['', ' IAMAT  kiwi\t', '\xff\0', 'x y '.repeat(5_000)])
    t.same(told(lineOf(text)), line(text), JSON.stringify(text.slice(0, 20)))
})
