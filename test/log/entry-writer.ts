import assert from 'node:assert/strict'
import { setImmediate as nextTurn } from 'node:timers/promises'
import fc from 'fast-check'
import t from 'tap'
import { EntryWriter } from '../../src/log/entry-writer.js'
import { formatEntry, formatTime, type Entry, type LineHeader } from '../../src/log/entry.js'
import { parseEntry } from '../../src/log/parse-entry.js'
import type { LogLineBytes } from '../../src/log/peer-log.js'
import { newToken } from '../../src/net/tokens.js'
import { ByteWriter, toBytes } from '../../src/protocol/bytes.js'
import { bytes } from '../fixtures/text.js'

const CLIENT: LineHeader = { kind: 'in', peer: 'client', who: '127.0.0.1:50112' }
const NEIGHBOUR: LineHeader = { kind: 'out', peer: 'neighbour', who: 'Bernard' }
const STOPPED: Entry = { kind: 'server', what: 'stopped' }

/** A file in memory. */
class MemoryFile {
  readonly buffer = new ByteWriter(0)
  isFull = false
  commits = 0

  commit(): void {
    this.commits += 1
  }

  write(lines: string): void {
    const encoded = Buffer.from(lines)
    this.buffer.copy(encoded, 0, encoded.length)
    this.commit()
  }

  /** Removes and returns the lines written so far. */
  take(): string[] {
    const lines = Buffer.from(this.buffer.take()).toString().split('\n')
    assert.equal(lines.pop(), '', 'each entry ends in LF')
    return lines
  }
}

/** A writer whose clock advances by one microsecond per call. */
function open(): { writer: EntryWriter; file: MemoryFile } {
  let nanoseconds = 0n
  const file = new MemoryFile()
  const clock = (): bigint => (nanoseconds += 1_000n)
  return { writer: new EntryWriter({ server: 'Clark', clock, file }), file }
}

/** Logs lines, given as latin1 text. Each stands between other bytes, as in a chunk from a socket. */
function log(writeLine: LogLineBytes, ...lines: string[]): void {
  for (const line of lines) writeLine(toBytes(`"${line}"`), 1, 1 + line.length)
}

/** The entry that a line is expected to be logged as. */
function logged(microseconds: number, entry: Entry): string {
  return formatEntry({ time: formatTime(BigInt(microseconds) * 1_000n), server: 'Clark', entry })
}

t.test('lines and other entries have the same format', async (t) => {
  const { writer, file } = open()
  log(writer.lineWriter(CLIENT), 'IAMAT kiwi +34.06-118.44 1621464827.9')
  t.same(file.take(), [
    '{"time":"1970-01-01T00:00:00.000001Z","server":"Clark","kind":"in","peer":"client","who":"127.0.0.1:50112","line":"IAMAT kiwi +34.06-118.44 1621464827.9"}',
  ])
  writer.write({ ...CLIENT, line: 'kiwi' })
  t.same(file.take(), [logged(2, { ...CLIENT, line: 'kiwi' })])
  t.equal(file.commits, 2)
})

t.test('each line is an entry of its own, in the order of the events', async (t) => {
  const { writer, file } = open()
  const [received, sent] = [writer.lineWriter(CLIENT), writer.lineWriter(NEIGHBOUR)]
  log(received, 'one', 'two')
  log(sent, 'AT Clark', '')
  log(received, 'three')
  t.same(
    file.take().map((line) => parseEntry(line)?.entry),
    [
      { ...CLIENT, line: 'one' },
      { ...CLIENT, line: 'two' },
      { ...NEIGHBOUR, line: 'AT Clark' },
      { ...NEIGHBOUR, line: '' },
      { ...CLIENT, line: 'three' },
    ],
  )
})

t.test('lines of one turn have the time of the first', async (t) => {
  const { writer, file } = open()
  const [received, sent] = [writer.lineWriter(CLIENT), writer.lineWriter(NEIGHBOUR)]
  const microseconds = (): number[] => file.take().map((line) => Number(parseEntry(line)?.time.slice(-4, -1)))
  log(received, 'one', 'two')
  log(sent, 'three', 'k\u00efwi')
  t.same(microseconds(), [1, 1, 1, 1])
  await nextTurn()
  log(sent, 'four')
  log(received, 'five')
  t.same(microseconds(), [2, 2])
  writer.write(STOPPED)
  log(received, 'six')
  await nextTurn()
  log(received, 'seven')
  t.same(microseconds(), [3, 4, 5], 'no line has an earlier time than the entry before it')
})

t.test('the name of a peer may need escapes', async (t) => {
  const { writer, file } = open()
  const header = { ...NEIGHBOUR, who: 'O"ak\u00ef' }
  log(writer.lineWriter(header), 'one')
  t.same(file.take(), [logged(1, { ...header, line: 'one' })])
})

t.test('a line that JSON must escape, or that is not ASCII, has the same format', async (t) => {
  const { writer, file } = open()
  const received = writer.lineWriter(CLIENT)
  for (const odd of [
    '"',
    '\\',
    '\0',
    '\t',
    '\u001f',
    '\u007f',
    '\u0080',
    'k\u00efwi',
    'k\u00c3\u00afwi',
    '\u00ff',
  ])
    for (const line of [odd, `IAMAT ${odd}`, `${odd} IAMAT`]) {
      log(received, 'one', line, ' ~')
      t.same(
        file.take(),
        ['one', line, ' ~'].map((line) => logged(1, { ...CLIENT, line })),
      )
    }
})

t.test('no entry has a token, whatever line it came in', async (t) => {
  const { writer, file } = open()
  const received = writer.lineWriter(CLIENT)
  const token = newToken()
  const lines = (text: string): [string, string, string] => [
    text,
    `IAMAT ${text} +34-118 5`,
    `GET /in/osmand?token=${text}&id=k\u00efwi HTTP/1.1`,
  ]
  const masked = lines('proxyherd_...')
  for (const shown of [token, token.slice(0, -1), token.slice(0, 26), `${token}x`, token + token])
    for (const [index, line] of lines(shown).entries()) {
      log(received, line)
      t.same(parseEntry(String(file.take()))?.entry, { ...CLIENT, line: masked[index] })
      writer.write({ kind: 'refused', who: '127.0.0.1:50112', line, why: `${line} is no command` })
      t.notOk(String(file.take()).includes(token.slice(10, 20)))
    }
})

t.test('what only looks a little like a token is logged as it is', async (t) => {
  const { writer, file } = open()
  const received = writer.lineWriter(CLIENT)
  for (const line of [
    'proxyherd_truck',
    'proxyherd_',
    'herd_0123456789abcdef',
    '_',
    `Proxyherd_${'x'.repeat(43)}`,
  ]) {
    log(received, line)
    t.same(parseEntry(String(file.take()))?.entry, { ...CLIENT, line })
  }
})

t.test('any bytes can be read as they were logged', async () => {
  const { writer, file } = open()
  const received = writer.lineWriter(CLIENT)
  fc.assert(
    fc.property(fc.array(fc.oneof(bytes(), fc.string())), (lines) => {
      log(received, ...lines)
      assert.deepEqual(
        file.take().map((line) => parseEntry(line)?.entry),
        lines.map((line) => ({ ...CLIENT, line })),
      )
    }),
  )
})

t.test('entries that the file cannot take are dropped, and their number is logged', async (t) => {
  const { writer, file } = open()
  const received = writer.lineWriter(CLIENT)
  log(received, 'one')
  file.isFull = true
  log(received, 'two', 'three')
  writer.write(STOPPED)
  file.isFull = false
  log(received, 'four')
  t.same(file.take(), [
    logged(1, { ...CLIENT, line: 'one' }),
    logged(2, {
      kind: 'server',
      what: 'fault',
      why: 'log entries dropped here because the disk was full or too slow: 3',
    }),
    logged(3, { ...CLIENT, line: 'four' }),
  ])
})
