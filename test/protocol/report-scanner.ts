import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { toBytes } from '../../src/protocol/bytes.js'
import { parseText } from '../../src/protocol/command.js'
import { MAX_REPORT_BYTES, NO_LINE } from '../../src/protocol/report.js'
import { scanReport, type ReportSpan } from '../../src/protocol/report-scanner.js'
import { reportText } from '../fixtures/readable.js'

const LINE = 'AT Clark +0.263873386 kiwi.cs.ucla.edu +34.068930-118.445127 1621464827.959498503'

/** Scans the line that starts after `before`. Returns the report as text; undefined if it was not scanned. */
function scanned(line: string, before = '', to?: number): ReturnType<typeof reportText> | undefined {
  const bytes = toBytes(`${before}${line}`)
  const report: ReportSpan = { bytes, start: 0, client: 0, position: 0, time: 0, end: 0 }
  const end = scanReport(report, bytes, before.length, to ?? bytes.length)
  if (end === NO_LINE) return undefined
  assert.equal(end, report.end)
  assert.equal(report.start, before.length)
  assert.equal(bytes[end], 10)
  return reportText(report)
}

/** What the parser of commands makes of the same line. */
function parsed(line: string): ReturnType<typeof reportText> | undefined {
  const command = parseText(line)
  return command.kind === 'at' ? reportText(command.report) : undefined
}

t.test('the report in a line is scanned, wherever the line is in memory', async (t) => {
  t.same(scanned(`${LINE}\n`), parsed(LINE))
  t.same(scanned(`${LINE}\nAT Oak +0 lime +1+1 2\n`), parsed(LINE))
  t.same(scanned(`${LINE}\n`, 'AT Oak +0 lime +1+1 2\n'), parsed(LINE))
  t.same(scanned('AT A -0 k -1.5-2 3\n'), parsed('AT A -0 k -1.5-2 3'))
  t.same(scanned('AT A -0 \xe4pfel -1.5-2 3\n'), parsed('AT A -0 \xe4pfel -1.5-2 3'))
})

t.test('a line whose end is beyond the end of the bytes is not scanned', async (t) => {
  t.equal(scanned(LINE), undefined)
  t.equal(scanned(`${LINE}\n`, '', LINE.length), undefined)
  for (let to = 0; to < LINE.length; to += 1) assert.equal(scanned(`${LINE}\n`, '', to), undefined)
})

t.test('a line that is not written as servers write it is not scanned', async (t) => {
  const lines = [
    '',
    'AT',
    'BT Clark +0.1 kiwi +1+1 1',
    'AS Clark +0.1 kiwi +1+1 1',
    'AT\tClark +0.1 kiwi +1+1 1',
    'AT  Clark +0.1 kiwi +1+1 1',
    'AT  +0.1 kiwi +1+1 1',
    'AT Clark\t+0.1 kiwi +1+1 1',
    'AT Clark +0.1\tkiwi +1+1 1',
    'AT Clark +0.1 kiwi\t+1+1 1',
    'AT Clark +0.1 kiwi +1+1\t1',
    'AT Clark +0.1  +1+1 1',
    'AT Clark 0.1 kiwi +1+1 1',
    'AT Clark +0.x kiwi +1+1 1',
    'AT Clark +0.1 kiwi +91+1 1',
    'AT Clark +0.1 kiwi 1+1 1',
    'AT Clark +0.1 kiwi +1+1 x',
    'AT Clark +0.1 kiwi +1+1 ',
    'AT Clark +0.1 kiwi +1+1 1 ',
    'AT Clark +0.1 kiwi +1+1 1\r',
    'AT Clark +0.1 kiwi +1+1 1 2',
    'AT Clark +0.1 ki\x01wi +1+1 1',
    `AT Clark +0.1 ${'k'.repeat(MAX_REPORT_BYTES)} +1+1 1`,
  ]
  for (const line of lines) t.equal(scanned(`${line}\n`), undefined, JSON.stringify(line.slice(0, 40)))
})

t.test('what is scanned is what is parsed', async (t) => {
  const pieces = [
    'AT',
    'Clark',
    '+0.5',
    '-1',
    'kiwi',
    '+1+1',
    '-90.0-180',
    '7',
    '7.25',
    ' ',
    ' ',
    '\t',
    '\r',
    '',
  ]
  const line = fc.oneof(
    fc.array(fc.constantFrom(...pieces), { minLength: 5, maxLength: 13 }).map((words) => words.join('')),
    fc
      .tuple(fc.nat({ max: LINE.length - 1 }), fc.constantFrom(' ', '\t', '+', '-', '.', '9', 'a'))
      .map(([at, character]) => `${LINE.slice(0, at)}${character}${LINE.slice(at + 1)}`),
  )
  const property = fc.property(line, (text) => {
    const report = scanned(`${text}\n`)
    if (report !== undefined) assert.deepEqual(report, parsed(text))
  })
  t.doesNotThrow(() => {
    fc.assert(property, { numRuns: 2_000 })
  })
})
