import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { compareReports, compareStatements } from '../../src/protocol/merge.js'
import { lineIn, report, reports, statement, statementLine, statements } from '../fixtures/reports.js'

t.test('the merge law, row by row', async (t) => {
  const rows: [what: string, winner: string, loser: string][] = [
    ['the later time wins', 'AT Clark +0.1 kiwi +10+10 2', 'AT Clark +0.1 kiwi +20+20 1'],
    ['by a nanosecond', 'AT Clark +0.1 kiwi +10+10 1.000000001', 'AT Clark +0.1 kiwi +20+20 1'],
    [
      'as a number, not as text',
      'AT Clark +0.1 kiwi +1+1 1621464827.5',
      'AT Clark +0.1 kiwi +1+1 999999999.5',
    ],
    [
      'however many digits it has',
      `AT Clark +0.1 kiwi +1+1 ${'9'.repeat(100)}1`,
      `AT Clark +0.1 kiwi +1+1 ${'9'.repeat(100)}0`,
    ],
    ['then the greater position', 'AT Bernard +0.1 kiwi +20+20 1', 'AT Clark +0.9 kiwi +10+10 1'],
    ['as text', 'AT Clark +0.1 kiwi +9+9 1', 'AT Clark +0.1 kiwi +10+10 1'],
    ['the longer of two that begin alike', 'AT Bernard +0.1 k +1+1.0 1', 'AT Clark +0.1 k +1+1 1'],
    ['then the greater AT line', 'AT Clark +0.1 kiwi +1+1 1', 'AT Bernard +0.9 kiwi +1+1 1'],
    ['bytewise', 'AT Clark +0.9 kiwi +1+1 1', 'AT Clark +0.10 kiwi +1+1 1'],
    [
      'digits past the ninth do not count as time',
      'AT Clark +0.1 k +2+2 1',
      'AT Clark +0.1 k +1+1 1.0000000009',
    ],
    ['nor do zeros before it', 'AT Clark +0.1 k +2+2 1', 'AT Clark +0.1 k +1+1 001'],
  ]
  for (const [what, winner, loser] of rows) {
    t.ok(compareReports(report(winner), report(loser)) > 0, what)
    t.ok(compareReports(report(loser), report(winner)) < 0, `${what}, not the other way round`)
    t.equal(compareReports(report(winner), report(winner)), 0, 'nothing is newer than itself')
  }
})

t.test('the merge law is a total order: the same report wins in every order of merging', async (t) => {
  const property = fc.property(reports(['kiwi']), (reports) => {
    const newest = (order: typeof reports): string =>
      lineIn(order.reduce((best, next) => (compareReports(next, best) > 0 ? next : best)))
    const forward = newest(reports)
    assert.equal(newest([...reports].reverse()), forward)
    assert.equal(newest([...reports, ...reports]), forward)
    for (const each of reports)
      assert.ok(lineIn(each) === forward || compareReports(each, report(forward)) < 0)
  })
  t.doesNotThrow(() => {
    fc.assert(property)
  })
})

t.test('the merge law for all statements, row by row', async (t) => {
  const rows: [what: string, winner: string, loser: string][] = [
    ['the later generation wins', 'GENERATION 2 AT Clark +0.1 k +1+1 1', 'AT Clark +0.1 k +1+1 9'],
    ['as a number', 'GENERATION 10 AT Clark +0.1 k +1+1 1', 'GENERATION 9 AT Clark +0.1 k +1+1 1'],
    ['then the later time', 'GENERATION 0 AT Clark +0.1 k - 2', 'AT Clark +0.1 k +1+1 1.9'],
    ['also against a forget', 'AT Clark +0.1 k +1+1 2.1', 'GENERATION 0 AT Clark +0.1 k - 2'],
    ['then a forget above a report', 'GENERATION 0 AT Clark +0.1 k - 2', 'AT Oak +0.9 k -9-9 2.0'],
    ['then the greater position', 'GENERATION 7 AT Clark +0.1 k +2+2 2', 'GENERATION 7 AT Oak +0.1 k +1+1 2'],
    ['then the greater line', 'GENERATION 7 AT Oak +0.1 k - 2', 'GENERATION 7 AT Clark +0.1 k - 2'],
  ]
  for (const [what, winner, loser] of rows) {
    t.ok(compareStatements(statement(winner), statement(loser)) > 0, what)
    t.ok(compareStatements(statement(loser), statement(winner)) < 0, `${what}, not the other way round`)
    t.equal(compareStatements(statement(winner), statement(winner)), 0, 'nothing is newer than itself')
  }
})

t.test('no two different statements are equal, and the same wins in every order of merging', async (t) => {
  const property = fc.property(statements(['kiwi']), (statements) => {
    const newest = (order: typeof statements): string =>
      statementLine(order.reduce((best, next) => (compareStatements(next, best) > 0 ? next : best)))
    const forward = newest(statements)
    assert.equal(newest([...statements].reverse()), forward)
    for (const each of statements) {
      assert.ok(statementLine(each) === forward || compareStatements(each, statement(forward)) < 0)
      for (const other of statements)
        assert.equal(compareStatements(each, other) === 0, statementLine(each) === statementLine(other))
    }
  })
  t.doesNotThrow(() => {
    fc.assert(property)
  })
})
