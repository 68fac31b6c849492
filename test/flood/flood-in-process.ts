import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import type { Follower } from '../../src/flood/follower.js'
import { Flood } from '../../src/flood/flood.js'
import { toBytes } from '../../src/protocol/bytes.js'
import { LocalHerd } from '../fixtures/local-herd.js'
import { lineIn, report, reports } from '../fixtures/reports.js'
import { at } from '../fixtures/replica.js'
import { receiveLines, linesFor, floodAlone, reportsFor } from '../fixtures/floods.js'

const OLD = 'AT Clark +0.1 kiwi +1+1 1'
const NEWER = 'AT Clark +0.1 kiwi +2+2 2'
const NEWEST = 'AT Clark +0.1 kiwi +3+3 3'
const LIME = 'AT Clark +0.1 lime +1+1 1'

const NAMES = ['Clark', 'Oak', 'Fig'] as const

/** Clark, Oak and Fig, each linked to both others. */
function triangle(): LocalHerd {
  const herd = new LocalHerd(NAMES, 4)
  herd.link('Clark', 'Oak')
  herd.link('Oak', 'Fig')
  herd.link('Fig', 'Clark')
  return herd
}

/** Clark linked to Oak, and Oak to Fig. */
function line(): LocalHerd {
  const herd = new LocalHerd(NAMES, 4)
  herd.link('Clark', 'Oak')
  herd.link('Oak', 'Fig')
  return herd
}

function heldBy(flood: Flood, client: string): string | undefined {
  const found = flood.get(toBytes(client))
  return found && lineIn(found)
}

function contentOf(flood: Flood): { lines: string[]; digest: string; size: number } {
  return { lines: Array.from(flood.reports(), lineIn).sort(), digest: flood.digest, size: flood.size }
}

t.test('each server of a process is passed a report once, by the nearest server', async (t) => {
  for (const server of NAMES) {
    const herd = triangle()
    const others = NAMES.filter((name) => name !== server)
    herd.flood(server).receive(report(OLD))
    herd.drain()
    t.same(
      herd.takePassed().sort(),
      others.map((other) => `${server} > ${other} ${OLD}`).sort(),
      'already the first report of a herd',
    )
    herd.flood(server).receive(report(LIME))
    herd.drain()
    t.same(herd.takePassed().sort(), others.map((other) => `${server} > ${other} ${LIME}`).sort())
    for (const other of others) t.same(contentOf(herd.flood(other)), contentOf(herd.flood(server)))
  }
})

t.test('a report reaches all servers that links connect', async (t) => {
  const herd = new LocalHerd(['Clark', 'Oak', 'Fig', 'Elm'])
  herd.link('Clark', 'Oak')
  herd.link('Oak', 'Fig')
  herd.flood('Clark').receive(report(OLD))
  herd.drain()
  t.same(herd.takePassed(), [`Clark > Oak ${OLD}`, `Oak > Fig ${OLD}`])
  t.equal(heldBy(herd.flood('Elm'), 'kiwi'), undefined)
})

t.test('only changes before the limit are passed, and none to a server that is not linked', async (t) => {
  const herd = new LocalHerd(['Clark', 'Oak', 'Fig'])
  herd.link('Clark', 'Oak')
  const [clark, oak, fig] = NAMES.map((name) => herd.flood(name)) as [Flood, Flood, Flood]
  const passed: string[] = []
  const pass = (to: Flood, until: number): number =>
    clark.passNews(to, until, (client) => passed.push(lineIn(clark.lineOf(client))))
  for (const second of [1, 2]) clark.receive(report(at(`client-${second}`, second)))
  const until = clark.nextChange
  clark.receive(report(at('client-3', 3)))
  t.same([pass(oak, until), pass(fig, until)], [2, 0])
  t.same(passed, [at('client-1', 1), at('client-2', 2)])
  t.same([oak.size, fig.size], [2, 0])
  t.equal(pass(oak, until), 0)
  t.equal(pass(oak, clark.nextChange), 1)
})

t.test('a report is passed on over the network and to followers, but not back', async (t) => {
  const herd = triangle()
  const [oak, fig] = [herd.flood('Oak'), herd.flood('Fig')]
  const senders: unknown[] = []
  const followers: Follower[] = []
  for (const flood of [oak, fig]) {
    flood.linkUp('Elsewhere', 'plain')
    followers.push(
      flood.follow({
        from: 'now',
        selects: (_, __, sender) => senders.push([sender?.name, sender?.kind]) > 0,
      }),
    )
  }
  oak.receive(report(OLD), 'Elsewhere')
  herd.settle()
  t.same(reportsFor(oak, 'Elsewhere', 10), [])
  t.same(reportsFor(fig, 'Elsewhere', 10), [OLD], 'Fig cannot know where Oak got it from')
  for (const follower of followers) follower.absorb()
  t.same(senders, [
    ['Elsewhere', 'plain'],
    ['Oak', 'local'],
  ])
})

t.test('the count of a report is passed with it', async (t) => {
  const herd = line()
  herd.flood('Fig').linkUp('Elm', 'proxyherd')
  linesFor(herd.flood('Fig'), 'Elm')
  herd.flood('Clark').receive(report(OLD), undefined, 7)
  herd.flood('Clark').receive(report(LIME))
  herd.settle()
  t.same(linesFor(herd.flood('Fig'), 'Elm'), [`COUNT 7 ${OLD}`, LIME])
})

t.test('servers that become linked pass each other all that they hold', async (t) => {
  const herd = new LocalHerd(['Clark', 'Oak'])
  herd.flood('Clark').receive(report(NEWEST))
  herd.flood('Oak').receive(report(LIME))
  herd.link('Clark', 'Oak')
  t.same([herd.flood('Clark').pending('Oak'), herd.flood('Clark').hasRepairs('Oak')], [1, true])
  herd.settle()
  t.same(herd.takePassed(), [`Clark > Oak ${NEWEST}`, `Oak > Clark ${LIME}`])
  t.equal(herd.flood('Clark').hasToSend('Oak'), false)
})

t.test('a report that comes while tables are passed does not wait for them', async (t) => {
  const herd = new LocalHerd(NAMES)
  const [clark, fig] = [herd.flood('Clark'), herd.flood('Fig')]
  for (let nth = 0; nth < 20; nth += 1) clark.receive(report(at(`client-${nth}`, 1)))
  herd.link('Clark', 'Oak')
  herd.link('Oak', 'Fig')
  t.equal(herd.drain(), true)
  t.ok(fig.size < 20)
  for (const line of [at('client-19', 2), at('new', 1)]) clark.receive(report(line))
  herd.drain()
  t.ok(fig.size < 20)
  t.equal(heldBy(fig, 'client-19'), at('client-19', 2), 'of a client that is in the table')
  t.equal(heldBy(fig, 'new'), at('new', 1), 'or of a new client')
  herd.settle()
  t.same(contentOf(fig), contentOf(clark))
  t.equal(herd.takePassed().length, 2 * 21, 'and each is passed once')
})

t.test('a server holds what it has received until it is passed a newer report', async (t) => {
  const herd = new LocalHerd(NAMES)
  const lines = [NEWEST, NEWER, OLD]
  for (const [index, name] of NAMES.entries()) herd.flood(name).receive(report(lines[index] ?? ''))
  t.same(
    NAMES.map((name) => heldBy(herd.flood(name), 'kiwi')),
    lines,
  )
  herd.link('Oak', 'Fig')
  herd.settle()
  t.same(herd.takePassed(), [`Oak > Fig ${NEWER}`], 'newer, though not the newest')
  herd.link('Fig', 'Clark')
  herd.settle()
  t.same(herd.takePassed(), [`Clark > Fig ${NEWEST}`, `Fig > Oak ${NEWEST}`])
})

t.test('two servers with the same report pass nothing, though a third has a newer one', async (t) => {
  const herd = new LocalHerd(NAMES)
  herd.flood('Fig').receive(report(NEWER))
  herd.flood('Clark').receive(report(OLD))
  herd.flood('Oak').receive(report(OLD))
  herd.link('Clark', 'Oak')
  herd.settle()
  t.same(herd.takePassed(), [])
})

t.test('a report that is known or stale is not passed', async (t) => {
  const herd = triangle()
  herd.flood('Clark').receive(report(NEWER))
  herd.settle()
  herd.takePassed()
  t.equal(herd.flood('Oak').receive(report(NEWER)), false)
  t.equal(herd.flood('Fig').receive(report(OLD)), false)
  for (const name of NAMES) for (const other of NAMES) t.equal(herd.flood(name).hasToSend(other), false)
  t.equal(herd.drain(), false)
  t.same(herd.takePassed(), [])
})

t.test('servers whose link is cut diverge, and agree when it is up again', async (t) => {
  const herd = line()
  herd.flood('Clark').receive(report(OLD))
  herd.settle()
  herd.cut('Clark', 'Oak')
  herd.takePassed()
  herd.flood('Clark').receive(report(NEWER))
  herd.flood('Fig').receive(report(LIME))
  herd.settle()
  t.same(herd.takePassed(), [`Fig > Oak ${LIME}`])
  t.equal(herd.flood('Clark').hasToSend('Oak'), false, 'nothing is kept for a server that is cut off')
  t.not(herd.flood('Clark').digest, herd.flood('Oak').digest)
  herd.link('Clark', 'Oak')
  herd.settle()
  for (const name of NAMES) t.same(contentOf(herd.flood(name)).lines, [NEWER, LIME], name)
})

t.test('a server that is dropped frees its memory, and the others go on', async (t) => {
  const herd = line()
  for (const line of [OLD, LIME]) herd.flood('Clark').receive(report(line))
  herd.settle()
  herd.cut('Clark', 'Oak')
  herd.flood('Clark').drop()
  receiveLines(herd.flood('Oak'), 'Elm', NEWER)
  herd.settle()
  t.equal(heldBy(herd.flood('Fig'), 'kiwi'), NEWER)
  for (const name of ['Oak', 'Fig']) herd.flood(name).drop()
  const next = new Flood('Ash', herd.memory)
  t.equal(next.size, 0)
  for (const client of ['plum', 'fig']) next.receive(report(at(client, 1)))
  t.equal(herd.memory.clients, 2, 'its client numbers are used again')
})

t.test('servers of one process hold what a single server that received everything would hold', async (t) => {
  const received = fc.array(fc.tuple(fc.constantFrom(...NAMES), reports(['kiwi', 'lime', 'fig'])), {
    maxLength: 8,
  })
  const property = fc.property(received, (received) => {
    const herd = triangle()
    const alone = floodAlone('Elm', 4)
    for (const [name, some] of received)
      for (const report of some) {
        assert.equal(herd.flood(name).receive(report), alone.receive(report))
        herd.settle()
      }
    for (const name of NAMES) assert.deepEqual(contentOf(herd.flood(name)), contentOf(alone))
  })
  t.doesNotThrow(() => {
    fc.assert(property)
  })
})

t.test(
  'whatever servers have received before, they hold the same reports once they are linked',
  async (t) => {
    const some = reports(['kiwi', 'lime', 'fig'])
    const property = fc.property(some, some, some, (...received) => {
      const herd = new LocalHerd(NAMES, 4)
      const alone = floodAlone('Elm', 4)
      for (const [index, name] of NAMES.entries())
        for (const report of received[index] ?? []) {
          herd.flood(name).receive(report)
          alone.receive(report)
        }
      herd.link('Clark', 'Oak')
      herd.link('Fig', 'Oak')
      herd.settle()
      for (const name of NAMES) assert.deepEqual(contentOf(herd.flood(name)), contentOf(alone))
    })
    t.doesNotThrow(() => {
      fc.assert(property)
    })
  },
)
