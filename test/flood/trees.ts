import t from 'tap'
import { Chance } from '../fixtures/chance.js'
import { report } from '../fixtures/reports.js'
import { floodAlone } from '../fixtures/floods.js'
import { asText, costOf, SteppedHerd, type Cost } from '../fixtures/stepped-herd.js'
import { CLASSIC, randomTopology, type SimulatedTopology } from '../fixtures/topologies.js'

// A tree of five servers has four links, and the herd has two more.
const ON_A_TREE = CLASSIC.servers.length - 1

/** A herd of empty servers that have compared their tables and have nothing left to send. */
function silent(topology: SimulatedTopology): SteppedHerd {
  const herd = new SteppedHerd(topology)
  herd.rest()
  herd.takeMessages()
  return herd
}

/** The `AT` line of the report of a server's own client at a second. */
function at(server: string, second: number): string {
  return `AT ${server} +0 of-${server} +1+1 ${second}`
}

/** What it costs to flood a report. With `rests`, beats go on until none is due any more. */
function costOfNext(herd: SteppedHerd, server: string, second: number, rests: boolean): Cost {
  herd.receive(server, at(server, second))
  if (rests) herd.rest()
  else herd.settle()
  return costOf(herd.takeMessages())
}

function haveAll(herd: SteppedHerd, servers: readonly string[], line: string): boolean {
  return servers.every((server) => herd.known(server, line.split(' ')[3] ?? '') === line)
}

for (const server of CLASSIC.servers)
  t.test(`reports of ${server} are flooded once, then travel along a tree`, async (t) => {
    const herd = silent(CLASSIC)
    t.ok(costOfNext(herd, server, 1, true).reports <= 8, 'the first, over no link more than once each way')
    t.ok(costOfNext(herd, server, 2, true).reports <= 5, 'the second')
    for (let second = 3; second < 10; second += 1) {
      t.equal(costOfNext(herd, server, second, true).reports, ON_A_TREE)
      t.ok(haveAll(herd, CLASSIC.servers, at(server, second)))
    }
  })

t.test('each server has a tree of its own, whichever servers send in between', async (t) => {
  const herd = silent(CLASSIC)
  for (let second = 1; second < 10; second += 1)
    for (const server of CLASSIC.servers) {
      const { reports } = costOfNext(herd, server, second, false)
      t.ok(second > 2 ? reports === ON_A_TREE : reports <= 8, `${server}: ${reports}`)
      herd.beats(1)
      herd.takeMessages()
    }
})

t.test('reports of all servers at once each keep to their own tree', async (t) => {
  const herd = silent(CLASSIC)
  for (let second = 1; second < 6; second += 1) {
    for (const server of CLASSIC.servers) herd.receive(server, at(server, second))
    herd.rest()
    const { reports } = costOf(herd.takeMessages())
    t.ok(second > 2 ? reports === CLASSIC.servers.length * ON_A_TREE : reports <= 40, `${reports}`)
  }
})

t.test('a neighbour of the origin gets its reports in one step', async (t) => {
  const herd = silent(CLASSIC)
  for (let second = 1; second < 5; second += 1)
    for (const server of CLASSIC.servers) {
      herd.receive(server, at(server, second))
      herd.step()
      const neighbours = CLASSIC.links.filter((ends) => ends.includes(server)).flat()
      t.ok(haveAll(herd, neighbours, at(server, second)), `${server}, ${second}`)
      herd.rest()
    }
})

t.test('keeping trees costs one line per end of a link that is on no tree, and only on beats', async (t) => {
  const herd = silent(CLASSIC)
  for (const server of CLASSIC.servers) {
    t.ok(costOfNext(herd, server, 1, true).trees <= 8, 'to form a tree and to announce')
    t.ok(costOfNext(herd, server, 2, true).trees <= 5)
    for (let second = 3; second < 6; second += 1) {
      t.equal(costOfNext(herd, server, second, false).trees, 0, 'none while a report is under way')
      herd.rest()
      t.ok(costOf(herd.takeMessages()).trees <= 4, 'both ends of two links')
    }
  }
})

t.test('many reports between two beats cost no more messages about trees than one', async (t) => {
  const herd = silent(CLASSIC)
  for (let second = 1; second < 100; second += 1)
    herd.receive('Clark', `AT Clark +0 kiwi${second} +1+1 ${second}`)
  herd.rest()
  herd.takeMessages()
  for (let second = 100; second < 200; second += 1) {
    herd.receive('Clark', `AT Clark +0 kiwi${second} +1+1 ${second}`)
    herd.settle()
  }
  herd.rest()
  const { reports, trees } = costOf(herd.takeMessages())
  t.ok(reports <= 100 * ON_A_TREE + 1 && trees <= 5, `${reports} reports, ${trees} lines`)
})

t.test('a link whose ends get a report at once is pruned with the next report', async (t) => {
  const diamond: SimulatedTopology = {
    servers: ['Clark', 'Oak', 'Elm', 'Fig'],
    links: [
      ['Clark', 'Oak'],
      ['Clark', 'Elm'],
      ['Oak', 'Fig'],
      ['Elm', 'Fig'],
    ],
  }
  const herd = silent(diamond)
  const lines = [1, 2, 3].map((second) => {
    herd.receive('Clark', at('Clark', second))
    herd.settle()
    return asText(herd.takeMessages()).slice(2)
  })
  t.same(lines, [
    // Fig gets it from both and prunes one, which was sent nothing and does not know that Fig has the report.
    [`Oak > Fig ${at('Clark', 1)}`, `Elm > Fig ${at('Clark', 1)}`, 'Fig > Elm PRUNE Clark'],
    [`Oak > Fig ${at('Clark', 2)}`, `Fig > Elm ${at('Clark', 2)}`, 'Elm > Fig PRUNE Clark'],
    [`Oak > Fig ${at('Clark', 3)}`],
  ])
})

t.test('in any herd a report is sent to each server once, and all have it', async (t) => {
  for (let seed = 1; seed <= 30; seed += 1) {
    const chance = new Chance(seed)
    const topology = randomTopology(chance, 20)
    const herd = silent(topology)
    const { servers } = topology
    for (const second of [1, 2]) for (const server of servers) costOfNext(herd, server, second, false)
    herd.rest()
    herd.takeMessages()
    for (let second = 3; second < 23; second += 1) {
      const server = chance.pick(servers)
      const { reports } = costOfNext(herd, server, second, chance.happens(20))
      const isRight = reports === servers.length - 1 && haveAll(herd, servers, at(server, second))
      if (!isRight) t.fail(`seed ${seed}: ${reports} reports for ${servers.length} servers`)
    }
  }
  t.pass('30 herds')
})

t.test('a herd without reports needs no more beats, and a server alone needs none', async (t) => {
  const herd = silent(CLASSIC)
  for (const second of [1, 2, 3]) costOfNext(herd, 'Clark', second, true)
  herd.beats(30)
  t.same(asText(herd.takeMessages()), [])
  const alone = floodAlone('Clark')
  for (const server of ['Clark', 'Oak']) alone.receive(report(at(server, 1)))
  t.equal(alone.isBeatDue, false, 'since it has no neighbour to ask')
})
