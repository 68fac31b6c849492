import t from 'tap'
import type { PeerLog } from '../../src/log/together.js'
import { toBytes, toText } from '../../src/protocol/bytes.js'
import { LineReader } from '../../src/protocol/lines.js'
import { logReceivedLine, logSentLines } from '../../src/log/wire-log.js'

const DIGITS = '0123456789abcdef'.repeat(8)
const AT = `AT Clark +0.263873386 ${'k'.repeat(80)} +34.068930-118.445127 1621464827.959498503`

/** What a line is logged as: of digests, which are for servers to read, the first few. */
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

/** A log that keeps what comes and goes. */
function keeping(): { log: PeerLog; heard: string[]; said: string[] } {
  const [heard, said]: [string[], string[]] = [[], []]
  const into =
    (lines: string[]): PeerLog['in'] =>
    (bytes, start, end) =>
      lines.push(toText(bytes, start, end))
  return { log: { in: into(heard), out: into(said) }, heard, said }
}

t.test('lines that go out are logged one by one', async (t) => {
  const { log, said } = keeping()
  logSentLines(log, toBytes(CASES.map(([line]) => `${line}\n`).join('')))
  t.same(
    said,
    CASES.map(([, logged]) => logged),
  )
})

t.test('lines that come are logged alike', async (t) => {
  const { log, heard } = keeping()
  const reader = new LineReader(Infinity)
  reader.push(toBytes(CASES.map(([line]) => `${line}\n`).join('')))
  while (reader.next()) logReceivedLine(log, reader)
  t.same(
    heard,
    CASES.map(([, logged]) => logged),
  )
})

t.test('of one that is too long there is the head', async (t) => {
  const { log, heard } = keeping()
  const reader = new LineReader(100)
  reader.push(toBytes(`${AT}\n`))
  while (reader.next()) logReceivedLine(log, reader)
  t.same(heard, [`${AT.slice(0, 64)}...`])
})

t.test('where nothing is logged, nothing is', async (t) => {
  t.doesNotThrow(() => {
    logSentLines(undefined, toBytes(`${AT}\n`))
    logReceivedLine(undefined, new LineReader())
  })
})
