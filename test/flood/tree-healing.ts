import t from 'tap'
import { DOUBT_BEATS } from '../../src/flood/trees.js'
import { Chance } from '../fixtures/chance.js'
import { asText, costOf, SteppedHerd } from '../fixtures/stepped-herd.js'
import { CLASSIC, randomTopology } from '../fixtures/topologies.js'

/** The `AT` line of a client's report that reaches Clark at a second. */
function at(client: string, second: number): string {
  return `AT Clark +0 ${client} +1+1 ${second}`
}

/** The classic herd with Clark's tree formed: Bernard gets Clark's reports from Jaquez, and Johnson from Juzang. */
function withTree(): SteppedHerd {
  const herd = new SteppedHerd(CLASSIC)
  herd.rest()
  for (const second of [1, 2, 3]) {
    herd.receive('Clark', at('kiwi', second))
    herd.rest()
  }
  herd.takeMessages()
  return herd
}

/** The servers other than `except` that do not have this line of a client. */
function lacking(herd: SteppedHerd, client: string, line: string, except?: string): string[] {
  return CLASSIC.servers.filter((server) => server !== except && herd.known(server, client) !== line)
}

t.test('servers behind one that stops get the next report some beats later', async (t) => {
  const herd = withTree()
  herd.stop('Jaquez')
  herd.receive('Clark', at('kiwi', 4))
  herd.settle()
  t.same(lacking(herd, 'kiwi', at('kiwi', 4), 'Jaquez'), ['Bernard'])
  herd.beats(DOUBT_BEATS - 1)
  t.same(
    lacking(herd, 'kiwi', at('kiwi', 4), 'Jaquez'),
    ['Bernard'],
    'since a report may be under way for that long',
  )
  herd.beats(3)
  t.same(lacking(herd, 'kiwi', at('kiwi', 4), 'Jaquez'), [])
  herd.receive('Clark', at('kiwi', 5))
  herd.settle()
  t.same(lacking(herd, 'kiwi', at('kiwi', 5), 'Jaquez'), [], 'and further reports at once')
})

t.test('servers behind one that stops get the reports that were under way through it', async (t) => {
  const herd = withTree()
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
  const syncs = asText(herd.takeMessages()).filter((words) => words.includes('DIGEST'))
  t.same(syncs, [], 'without a comparison')
})

t.test('a server that resumes after a stop gets all reports, and is on the tree again', async (t) => {
  const herd = withTree()
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

t.test('a lost link is replaced at once by both servers behind it', async (t) => {
  const herd = withTree()
  herd.receive('Clark', at('kiwi', 4))
  herd.receive('Clark', at('lime', 4))
  herd.cut('Clark', 'Jaquez')
  herd.settle()
  for (const client of ['kiwi', 'lime']) t.same(lacking(herd, client, at(client, 4)), [], client)
  herd.receive('Clark', at('kiwi', 5))
  herd.settle()
  t.same(lacking(herd, 'kiwi', at('kiwi', 5)), [], 'without a beat')
  const lines = asText(herd.takeMessages())
  // Jaquez sends GRAFT to Bernard, whose parent is Jaquez, so Bernard must ask the others.
  for (const words of ['Jaquez > Bernard GRAFT Clark', 'Bernard > Juzang GRAFT Clark'])
    t.ok(
      lines.some((line) => line.startsWith(words)),
      words,
    )
})

t.test('a lost link is replaced at once if a report has just come over it', async (t) => {
  const herd = withTree()
  herd.receive('Clark', at('kiwi', 4))
  herd.step()
  herd.cut('Clark', 'Jaquez')
  herd.settle()
  t.same(lacking(herd, 'kiwi', at('kiwi', 4)), [])
  // Jaquez sends Bernard GRAFT and this report. Bernard must not adopt Jaquez as parent, or each would wait for the other.
  for (const second of [5, 6]) {
    herd.receive('Clark', at('kiwi', second))
    herd.settle()
    t.same(lacking(herd, 'kiwi', at('kiwi', second)), [], 'without a beat')
  }
})

t.test(
  'a link that is up again joins the tree if it is on the shortest path, or else is pruned',
  async (t) => {
    const herd = withTree()
    herd.cut('Clark', 'Jaquez')
    herd.receive('Clark', at('kiwi', 4))
    herd.rest()
    herd.mend('Clark', 'Jaquez')
    for (const second of [5, 6, 7]) {
      herd.receive('Clark', at('kiwi', second))
      herd.step()
      t.equal(herd.known('Jaquez', 'kiwi'), at('kiwi', second), 'Jaquez gets it from Clark itself again')
      herd.rest()
      herd.takeMessages()
    }
    herd.receive('Clark', at('kiwi', 8))
    herd.settle()
    t.equal(costOf(herd.takeMessages()).reports, 4)
  },
)

/** Has a random herd form its trees and lose a link; returns who lacks a report `beats` beats after it was sent. */
function lackingAfterLoss(seed: number, isUnderWay: boolean, beats: number): string[] {
  const chance = new Chance(seed)
  const { servers, links } = randomTopology(chance, 12)
  const herd = new SteppedHerd({ servers, links })
  const sendReport = (server: string, second: number): string => {
    herd.receive(server, `AT ${server} +0 kiwi +1+1 ${second}`)
    return `AT ${server} +0 kiwi +1+1 ${second}`
  }
  for (let second = 1; second < 40; second += 1) {
    sendReport(chance.pick(servers), second)
    herd.beats(1)
  }
  const [a, b] = chance.pick(links)
  sendReport(chance.pick(servers), 40)
  if (isUnderWay) herd.step()
  else herd.settle()
  herd.cut(a, b)
  herd.settle()
  const from = chance.pick(servers)
  const line = sendReport(from, 41)
  herd.beats(beats)
  const left = links.filter(([c, d]) => c !== a || d !== b)
  return [...reachable(left, from)].filter((server) => herd.known(server, 'kiwi') !== line)
}

t.test('in any herd, after any link is lost, all servers still connected get the next report', async (t) => {
  for (let seed = 1; seed <= 30; seed += 1) {
    t.same(lackingAfterLoss(seed, false, 0), [], `at once, seed ${seed}`)
    t.same(lackingAfterLoss(seed, true, DOUBT_BEATS + 2), [], `soon, seed ${seed}`)
  }
})

/** The servers that can be reached from one over some links, including itself. */
function reachable(links: readonly (readonly [string, string])[], from: string): ReadonlySet<string> {
  const reached = new Set([from])
  for (const server of reached)
    for (const ends of links) if (ends.includes(server)) for (const end of ends) reached.add(end)
  return reached
}
