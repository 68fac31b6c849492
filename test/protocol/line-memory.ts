import t from 'tap'
import { toBytes } from '../../src/protocol/bytes.js'
import { LineReader, MAX_LINE_BYTES, textOf } from '../../src/protocol/lines.js'

/** The lines that can be read. */
function linesFrom(reader: LineReader): string[] {
  const lines: string[] = []
  while (reader.next()) lines.push(textOf(reader))
  return lines
}

t.test('the chunks of the sender are never written to', async (t) => {
  const reader = new LineReader()
  const pieces = ['a', 'b\nc', 'd\n', 'e\n'].map(toBytes)
  for (const piece of pieces) reader.push(piece)
  t.same(linesFrom(reader), ['ab', 'cd', 'e'])
  t.same(pieces, ['a', 'b\nc', 'd\n', 'e\n'].map(toBytes))
})

t.test('a line that arrives byte by byte takes no more than a few times its length', async (t) => {
  const reader = new LineReader()
  const pieces = new Set<ArrayBufferLike>()
  for (let sent = 0; sent < MAX_LINE_BYTES; sent += 1) {
    // Each in memory of its own, which the reader must not keep.
    const piece = new Uint8Array([0x30 + (sent % 10)])
    pieces.add(piece.buffer)
    reader.push(Buffer.from(piece.buffer))
    reader.next()
  }
  t.notOk(pieces.has(reader.bytes.buffer))
  t.ok(reader.bytes.buffer.byteLength < 5 * MAX_LINE_BYTES, `${reader.bytes.buffer.byteLength} bytes`)
  reader.finish()
  t.ok(reader.next())
  t.match(textOf(reader), /^(0123456789)+012345$/)
})

t.test('a line that arrives byte by byte is not moved with each byte', async (t) => {
  const reader = new LineReader()
  const places = new Set<Uint8Array>()
  for (let sent = 0; sent < MAX_LINE_BYTES; sent += 1) {
    reader.push(toBytes('x'))
    reader.next()
    places.add(reader.bytes)
  }
  t.ok(places.size < 20, `it was in ${places.size} places`)
})

t.test('a chunk is not copied if nothing is left of earlier ones', async (t) => {
  const reader = new LineReader()
  for (const chunk of ['a\n', 'b\nc\n'].map(toBytes)) {
    reader.push(chunk)
    t.equal(reader.bytes, chunk)
    linesFrom(reader)
  }
})

t.test('what fits behind the unread bytes is added there', async (t) => {
  const reader = new LineReader()
  for (const piece of ['a', 'b']) reader.push(toBytes(piece))
  const { bytes } = reader
  reader.push(Buffer.alloc(bytes.length - 2, 'c'))
  t.equal(reader.bytes, bytes)
})
