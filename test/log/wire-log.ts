import t from 'tap'
import type { PeerLog } from '../../src/log/peer-log.js'
import { toBytes, toText } from '../../src/protocol/bytes.js'
import { LineReader } from '../../src/protocol/lines.js'
import { logReceivedLine, logSentLines, refusedEntry } from '../../src/log/wire-log.js'

const DIGITS = '0123456789abcdef'.repeat(8)
const AT = `AT Clark +0.263873386 ${'k'.repeat(80)} +34.068930-118.445127 1621464827.959498503`

/** Lines, and how they are logged. Long lists of digests are shortened. */
const CASES: readonly (readonly [line: string, logged: string])[] = [
  ['AT Clark +0.1 kiwi +1+1 1', 'AT Clark +0.1 kiwi +1+1 1'],
  ['', ''],
  [AT, AT],
  [`HAVEN ${DIGITS}`, `HAVEN ${DIGITS}`],
  ['HAVE 7 0123456789abcdef', 'HAVE 7 0123456789abcdef'],
  [`BUCKETS ${DIGITS}`, `BUCKETS ${DIGITS.slice(0, 56)}...`],
  [`HAVE 7 ${DIGITS}`, `HAVE 7 ${DIGITS.slice(0, 57)}...`],
  [`WANT 7 ${DIGITS}`, `WANT 7 ${DIGITS.slice(0, 57)}...`],
]

/** A log that keeps lines in memory. */
function memoryLog(): { log: PeerLog; received: string[]; sent: string[] } {
  const [received, sent]: [string[], string[]] = [[], []]
  const into =
    (lines: string[]): PeerLog['in'] =>
    (bytes, start, end) =>
      lines.push(toText(bytes, start, end))
  return { log: { in: into(received), out: into(sent) }, received, sent }
}

t.test('lines that are sent are logged one by one', async (t) => {
  const { log, sent } = memoryLog()
  logSentLines(log, toBytes(CASES.map(([line]) => `${line}\n`).join('')))
  t.same(
    sent,
    CASES.map(([, logged]) => logged),
  )
})

t.test('lines that are received are logged in the same way', async (t) => {
  const { log, received } = memoryLog()
  const reader = new LineReader(Infinity)
  reader.push(toBytes(CASES.map(([line]) => `${line}\n`).join('')))
  while (reader.next()) logReceivedLine(log, reader)
  t.same(
    received,
    CASES.map(([, logged]) => logged),
  )
})

t.test('only the start of an overlong line is logged', async (t) => {
  const { log, received } = memoryLog()
  const reader = new LineReader(100)
  reader.push(toBytes(`${AT}\n`))
  while (reader.next()) logReceivedLine(log, reader)
  t.same(received, [`${AT.slice(0, 64)}...`])
})

t.test('without a log nothing is logged', async (t) => {
  t.doesNotThrow(() => {
    logSentLines(undefined, toBytes(`${AT}\n`))
    logReceivedLine(undefined, new LineReader())
  })
})

t.test('the entry of an invalid line has the line and the reason', async (t) => {
  const reader = new LineReader(100)
  reader.push(toBytes('HELLO\n'))
  reader.next()
  const entry = { kind: 'refused', who: '127.0.0.1:50112', line: 'HELLO' }
  for (const [why, logged] of [
    ['no command is called "k\u00c3\u00afwi"', 'no command is called "kïwi"'],
    ['no command is called "k\u00efwi"', 'no command is called "k\u00efwi"'],
  ] as const)
    t.same(refusedEntry('127.0.0.1:50112', reader, why), { ...entry, why: logged })
})
