import t from 'tap'
import { Chance } from '../fixtures/chance.js'
import { CLASSIC } from '../fixtures/topologies.js'
import { VirtualHerd } from '../fixtures/virtual-herd.js'

/** A tree of five servers has four links. */
const ON_A_TREE = CLASSIC.servers.length - 1

/** The classic herd, linked over paths with this delay and jitter in milliseconds, after its trees have formed. */
function linked(delayMs: number, jitterMs: number): VirtualHerd {
  const chance = new Chance(17)
  const path = { delayMs, jitterMs, isTunnel: false, isCut: false, lostGreetings: 0 }
  const herd = new VirtualHerd(
    { topology: CLASSIC, pathOf: () => ({ ...path }), classics: new Map(), isKeyed: false },
    chance,
  )
  for (const name of CLASSIC.servers) herd.start(name)
  herd.wait(20_000)
  herd.checkLinks()
  reportFor(herd, 20)
  return herd
}

/** One client per server reports twice per second for some seconds; returns the number of reports sent. */
function reportFor(herd: VirtualHerd, seconds: number): number {
  const before = herd.reportsSent
  for (let report = 0; report < 10 * seconds; report += 1) {
    const server = CLASSIC.servers[report % CLASSIC.servers.length] ?? ''
    herd.report(server, `of-${server}`)
    herd.wait(100)
  }
  herd.wait(5_000)
  return herd.reportsSent - before
}

for (const [delayMs, jitterMs] of [
  [0, 0],
  [20, 4],
  [150, 30],
  [1_000, 200],
] as const)
  t.test(`with ${delayMs} ms one-way delay, a report costs 4 messages`, async (t) => {
    const herd = linked(delayMs, jitterMs)
    t.equal(reportFor(herd, 30), 300 * ON_A_TREE)
    herd.checkTables()
  })
