import t from 'tap'
import { DOUBT_BEATS } from '../../src/flood/trees.js'
import { Chance } from '../fixtures/chance.js'
import { asWords, costOf, SteppedHerd } from '../fixtures/stepped-herd.js'
import { CLASSIC, randomTopology } from '../fixtures/topologies.js'

/** What Clark makes of a report of a client at some second, which is when he hears it. */
function at(client: string, second: number): string {
  return `AT Clark +0 ${client} +1+1 ${second}`
}

/** The classic herd when Clark's reports have found their tree: Bernard has them from Jaquez, and Johnson from Juzang. */
function found(): SteppedHerd {
  const herd = new SteppedHerd(CLASSIC)
  herd.rest()
  for (const second of [1, 2, 3]) {
    herd.receive('Clark', at('kiwi', second))
    herd.rest()
  }
  herd.takeMessages()
  return herd
}

/** Who does not have the line of a client; `but` need not. */
function lacking(herd: SteppedHerd, client: string, line: string, but?: string): string[] {
  return CLASSIC.servers.filter((server) => server !== but && herd.known(server, client) !== line)
}

t.test('those behind a server that stops have the next reports some beats later', async (t) => {
  const herd = found()
  herd.stop('Jaquez')
  herd.receive('Clark', at('kiwi', 4))
  herd.settle()
  t.same(lacking(herd, 'kiwi', at('kiwi', 4), 'Jaquez'), ['Bernard'])
  herd.beats(DOUBT_BEATS - 1)
  t.same(
    lacking(herd, 'kiwi', at('kiwi', 4), 'Jaquez'),
    ['Bernard'],
    'as a report may be that long under way',
  )
  herd.beats(3)
  t.same(lacking(herd, 'kiwi', at('kiwi', 4), 'Jaquez'), [])
  herd.receive('Clark', at('kiwi', 5))
  herd.settle()
  t.same(lacking(herd, 'kiwi', at('kiwi', 5), 'Jaquez'), [], 'and those after it at once')
})

t.test('so they have what was under way through it when it stopped', async (t) => {
  const herd = found()
  herd.receive('Clark', at('kiwi', 4))
  herd.receive('Clark', at('lime', 4))
  herd.stop('Jaquez')
  herd.settle()
  herd.receive('Clark', at('fig', 5))
  herd.beats(DOUBT_BEATS + 2)
  for (const [client, second] of [
    ['kiwi', 4],
    ['lime', 4],
    ['fig', 5],
  ] as const)
    t.same(lacking(herd, client, at(client, second), 'Jaquez'), [], client)
  const syncs = asWords(herd.takeMessages()).filter((words) => words.includes('DIGEST'))
  t.same(syncs, [], 'which needs no comparison')
})

t.test('a server that goes on after it has stopped has all, and is on the tree again', async (t) => {
  const herd = found()
  herd.stop('Jaquez')
  herd.receive('Clark', at('kiwi', 4))
  herd.rest()
  herd.wake('Jaquez')
  herd.settle()
  t.same(lacking(herd, 'kiwi', at('kiwi', 4)), [])
  for (const second of [5, 6, 7, 8]) {
    herd.rest()
    herd.takeMessages()
    herd.receive('Clark', at('kiwi', second))
    herd.settle()
    t.same(lacking(herd, 'kiwi', at('kiwi', second)), [])
  }
  t.equal(costOf(herd.takeMessages()).reports, 4)
})

t.test('a link that is lost is healed at once, by both servers behind it', async (t) => {
  const herd = found()
  herd.receive('Clark', at('kiwi', 4))
  herd.receive('Clark', at('lime', 4))
  herd.cut('Clark', 'Jaquez')
  herd.settle()
  for (const client of ['kiwi', 'lime']) t.same(lacking(herd, client, at(client, 4)), [], client)
  herd.receive('Clark', at('kiwi', 5))
  herd.settle()
  t.same(lacking(herd, 'kiwi', at('kiwi', 5)), [], 'without a beat')
  const said = asWords(herd.takeMessages())
  // Jaquez asks Bernard, who has it from Jaquez, and so must ask the others.
  for (const words of ['Jaquez > Bernard GRAFT Clark', 'Bernard > Juzang GRAFT Clark'])
    t.ok(
      said.some((line) => line.startsWith(words)),
      words,
    )
})

t.test('so it is if a report has just come over it', async (t) => {
  const herd = found()
  herd.receive('Clark', at('kiwi', 4))
  herd.step()
  herd.cut('Clark', 'Jaquez')
  herd.settle()
  t.same(lacking(herd, 'kiwi', at('kiwi', 4)), [])
  // Jaquez asks Bernard for more and tells him this one: Bernard must not take Jaquez for the way, or each would wait for the other.
  for (const second of [5, 6]) {
    herd.receive('Clark', at('kiwi', second))
    herd.settle()
    t.same(lacking(herd, 'kiwi', at('kiwi', second)), [], 'without a beat')
  }
})

t.test('a link that is there again is found to be the shortest way, or to be on no tree', async (t) => {
  const herd = found()
  herd.cut('Clark', 'Jaquez')
  herd.receive('Clark', at('kiwi', 4))
  herd.rest()
  herd.mend('Clark', 'Jaquez')
  for (const second of [5, 6, 7]) {
    herd.receive('Clark', at('kiwi', second))
    herd.step()
    t.equal(herd.known('Jaquez', 'kiwi'), at('kiwi', second), 'Jaquez has it from Clark himself again')
    herd.rest()
    herd.takeMessages()
  }
  herd.receive('Clark', at('kiwi', 8))
  herd.settle()
  t.equal(costOf(herd.takeMessages()).reports, 4)
})

/** Any herd that has found its trees, and then loses a link; gives who lacks a report `beats` beats after it was told. */
function lackingAfterLoss(seed: number, isUnderWay: boolean, beats: number): string[] {
  const chance = new Chance(seed)
  const { servers, links } = randomTopology(chance, 12)
  const herd = new SteppedHerd({ servers, links })
  const tell = (server: string, second: number): string => {
    herd.receive(server, `AT ${server} +0 kiwi +1+1 ${second}`)
    return `AT ${server} +0 kiwi +1+1 ${second}`
  }
  for (let second = 1; second < 40; second += 1) {
    tell(chance.pick(servers), second)
    herd.beats(1)
  }
  const [a, b] = chance.pick(links)
  tell(chance.pick(servers), 40)
  if (isUnderWay) herd.step()
  else herd.settle()
  herd.cut(a, b)
  herd.settle()
  const from = chance.pick(servers)
  const line = tell(from, 41)
  herd.beats(beats)
  const left = links.filter(([c, d]) => c !== a || d !== b)
  return [...reachable(left, from)].filter((server) => herd.known(server, 'kiwi') !== line)
}

t.test('in any herd, whatever link is lost, all that are still linked have what comes next', async (t) => {
  for (let seed = 1; seed <= 30; seed += 1) {
    t.same(lackingAfterLoss(seed, false, 0), [], `at once, seed ${seed}`)
    t.same(lackingAfterLoss(seed, true, DOUBT_BEATS + 2), [], `soon, seed ${seed}`)
  }
})

/** Whom one reaches over some links, itself among them. */
function reachable(links: readonly (readonly [string, string])[], from: string): ReadonlySet<string> {
  const reached = new Set([from])
  for (const server of reached)
    for (const ends of links) if (ends.includes(server)) for (const end of ends) reached.add(end)
  return reached
}
