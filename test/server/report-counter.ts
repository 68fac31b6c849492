import t from 'tap'
import { instantOf } from '../../src/protocol/time.js'
import { ReportCounter } from '../../src/server/report-counter.js'
import { anyPorts, TestHerd } from '../fixtures/herd.js'

const MICROSECOND = 1_000n
const START = 1_621_464_828_000_001_000n

t.test('the count follows the clock; after the clock steps back, it grows by itself', async (t) => {
  const counter = new ReportCounter()
  const count = (microseconds: bigint): number | undefined =>
    counter.next(instantOf(microseconds * MICROSECOND))
  t.equal(count(1_000n), undefined)
  t.equal(count(1_000n), undefined, 'a clock that stands still has not stepped back')
  t.equal(count(400n), 1_001)
  t.equal(count(500n), 1_002)
  t.equal(count(1_002n), undefined, 'the clock has caught up')
})

t.test('counts are sent only to neighbours that support them', async (t) => {
  let now = START
  const pair = anyPorts({ servers: ['Amber', 'Clark'], links: [['Amber', 'Clark']] })
  for (const knowsCounts of [true, false]) {
    now = START
    const herd = await TestHerd.start(t, { topology: pair, names: ['Clark'], clock: () => now })
    const amber = await herd.linkFrom(t, 'Amber', 'Clark')
    if (knowsCounts) amber.write('FEATURES counts\n')
    t.match(await amber.read(), /^DIGEST /)
    await herd.ask('Clark', 'IAMAT kiwi +1+1 1621464828\n')
    t.equal(await amber.read(), 'AT Clark +0.000001000 kiwi +1+1 1621464828\n')
    now -= 1_000_000_000n
    await herd.ask('Clark', 'IAMAT lime +1+1 1621464828\n')
    const line = 'AT Clark -0.999999000 lime +1+1 1621464828\n'
    t.equal(await amber.read(), knowsCounts ? `COUNT 1621464828000002 ${line}` : line)
  }
})
