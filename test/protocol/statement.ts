import t from 'tap'
import { ByteWriter, toBytes } from '../../src/protocol/bytes.js'
import { parseText } from '../../src/protocol/command.js'
import { reportHead } from '../../src/protocol/report.js'
import {
  FORGET,
  isLaterThan,
  LATER_REPORT,
  nextGeneration,
  REPORT,
  statementIn,
  statementOf,
  writeForget,
  writeLater,
  recordOf,
  type Statement,
} from '../../src/protocol/statement.js'
import { lineIn, report, statement, statementLine } from '../fixtures/reports.js'

const PLAIN = 'AT Clark +0.5 kiwi +34-118 1'
const LATER = 'GENERATION 17 AT Clark +0.5 kiwi +34-118 1'
const GONE = 'GENERATION 0 AT Clark +0.5 kiwi - 1.5'

/** What a client asks for. */
function forget(command: string): Statement {
  const parsed = parseText(command)
  if (parsed.kind !== 'forget') throw new Error(`no FORGET: ${command}`)
  const out = new ByteWriter(8)
  // Something else may be before it.
  out.text('x')
  return writeForget(out, {
    head: reportHead('Clark'),
    request: parsed.request,
    generation: 1_700_000_000,
    receivedAt: { seconds: 1_700_000_000, nanoseconds: 500 },
  })
}

t.test('a statement is read from its line, from a record, and from a command', async (t) => {
  const kinds = [REPORT, LATER_REPORT, FORGET] as const
  for (const [index, line] of [PLAIN, LATER, GONE].entries()) {
    const read = statement(line)
    t.equal(read.kind, kinds[index], line)
    t.equal(read.generation, index === 1 ? 17 : 0)
    t.equal(statementLine(read), line)
    t.equal(lineIn(read), line.replace(/^GENERATION \d+ /, ''), 'the part that clients see')
    const bytes = toBytes(` ${line} `)
    const spot = { bytes, start: 1, end: bytes.length - 1 }
    const found = statementIn(spot)
    t.equal(statementLine(found), line)
    t.same(statementOf(recordOf(found), found.kind), found)
    t.match(found, { kind: read.kind, generation: read.generation, time: found.end - (index === 2 ? 3 : 1) })
  }
})

t.test('LATE and COUNT may precede a generation', async (t) => {
  const { statement: read, ...marks } = parseText(LATER) as { kind: string; statement: Statement }
  t.same(marks, { kind: 'statement', isLate: false, count: undefined })
  for (const [before, expected] of [
    ['LATE', { isLate: true, count: undefined }],
    ['COUNT 8', { isLate: false, count: 8 }],
  ] as const) {
    const parsed = parseText(`${before} ${LATER}`)
    t.match(parsed, { kind: 'statement', ...expected, statement: { kind: LATER_REPORT, generation: 17 } })
    if (parsed.kind === 'statement') t.equal(statementLine(parsed.statement), statementLine(read))
  }
})

t.test('a statement has one notation only', async (t) => {
  const wrong = [
    'GENERATION',
    'GENERATION 1',
    'GENERATION 0 AT Clark +0.5 kiwi +34-118 1',
    'GENERATION 017 AT Clark +0.5 kiwi +34-118 1',
    'GENERATION 00 AT Clark +0.5 kiwi - 1',
    'GENERATION 17 AT  Clark +0.5 kiwi +34-118 1',
    'GENERATION  17 AT Clark +0.5 kiwi +34-118 1',
    'GENERATION 17 IAMAT Clark +0.5 kiwi +34-118 1',
    'GENERATION 17 AT Clark +0.5 kiwi +34-118',
    'GENERATION 17 AT Clark +0.5 kiwi +34-118 1 2',
    'GENERATION 17 AT Clark +0.5 kiwi +95-118 1',
    'GENERATION 17 AT Clark 0.5 kiwi - 1',
    'GENERATION 17 AT Clark +0.5 kiwi - -1',
    'GENERATION 17 AT Clark +0.5 kiwi -- 1',
    'GENERATION -1 AT Clark +0.5 kiwi - 1',
    'GENERATION 1000000000000000 AT Clark +0.5 kiwi - 1',
  ]
  for (const line of wrong) {
    t.equal(parseText(line).kind, 'malformed', line)
    t.equal(parseText(`LATE ${line}`).kind, 'malformed')
    t.equal(parseText(`COUNT 1 ${line}`).kind, 'malformed')
  }
  t.equal(parseText('AT Clark +0.5 kiwi - 1').kind, 'malformed', 'a forget always has a generation')
  t.equal(parseText('COUNT x GENERATION 17 AT Clark +0.5 kiwi - 1').kind, 'malformed')
})

t.test('FORGET takes a client, and perhaps a time', async (t) => {
  for (const line of ['FORGET', 'FORGET kiwi 1 2', 'FORGET kiwi -1', 'FORGET kiwi now'])
    t.equal(parseText(line).kind, 'malformed', line)
  t.equal(
    statementLine(forget('FORGET kiwi')),
    'GENERATION 1700000000 AT Clark +1700000000.000000500 kiwi - 0',
    'without a time, it comes before every report of its generation',
  )
  t.equal(
    statementLine(forget(' FORGET  kiwi\t1700000000.25 ')),
    'GENERATION 1700000000 AT Clark -0.249999500 kiwi - 1700000000.25',
  )
  for (const command of ['FORGET kiwi', 'FORGET kiwi 5']) {
    const made = forget(command)
    t.same(statementIn({ ...made, start: made.lineStart }), made, 'the offsets are those of the line')
  }
})

t.test('a report is written in a generation', async (t) => {
  const out = new ByteWriter(8)
  out.text('x')
  const made = writeLater(out, report(PLAIN), LATER_REPORT, 17)
  t.equal(statementLine(made), LATER)
  t.same(statementIn({ ...made, start: made.lineStart }), made)
})

t.test(
  'the next generation is later than all that is forgotten, and no earlier than the clock',
  async (t) => {
    const now = { seconds: 1_700_000_000, nanoseconds: 1 }
    const cases: readonly [held: string | undefined, generation: number][] = [
      [undefined, 1_700_000_000],
      [PLAIN, 1_700_000_000],
      ['AT Clark +0.5 kiwi +34-118 1800000000', 1_800_000_000],
      ['AT Clark +0.5 kiwi +34-118 1800000000.000000001', 1_800_000_001],
      ['AT Clark +0.5 kiwi +34-118 1800000000.000', 1_800_000_000],
      ['GENERATION 1900000000 AT Clark +0.5 kiwi +34-118 1800000000', 1_900_000_001],
      ['GENERATION 1900000000 AT Clark +0.5 kiwi - 0', 1_900_000_001],
      [`AT Clark +0.5 kiwi +34-118 ${'9'.repeat(400)}`, 999_999_999_999],
      ['GENERATION 999999999999999 AT Clark +0.5 kiwi - 0', 999_999_999_999_999],
    ]
    for (const [held, generation] of cases)
      t.equal(
        nextGeneration(held === undefined ? undefined : statement(held), now),
        generation,
        held ?? 'nothing is held',
      )
  },
)

t.test('a report without its generation belongs to one only if it is later', async (t) => {
  const cases: readonly [time: string, isLater: boolean][] = [
    ['1699999999.9', false],
    ['1700000000', false],
    ['1700000000.0', false],
    ['1700000000.000000001', true],
    ['1700000001', true],
    ['9'.repeat(30), false],
  ]
  for (const [time, isLater] of cases)
    t.equal(isLaterThan(report(`AT Oak +0.5 kiwi +1+1 ${time}`), 1_700_000_000), isLater, time)
})
