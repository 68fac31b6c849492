import t from 'tap'
import type { NeighbourKind } from '../../src/flood/flood.js'
import { Chance } from '../fixtures/chance.js'
import { SimulatedHerd } from '../fixtures/simulated-herd.js'
import { CLASSIC, randomTopology, type SimulatedTopology } from '../fixtures/topologies.js'

// SEED=17 npx tap test/flood/simulation.ts  replays one.
const SEED = process.env['SEED']
const SEEDS = SEED === undefined ? Array.from({ length: 1_000 }, (_, seed) => seed) : [Number(SEED)]
const MOST_SERVERS = 50

const CLIENTS = ['kiwi', 'lime', 'fig', 'yuzu']
const POSITIONS = ['+34.06-118.44', '+1+1', '-33.9+151.2']

const HERDS: Record<string, { kind: NeighbourKind; topologyOf: (chance: Chance) => SimulatedTopology }> = {
  'the classic herd': { kind: 'proxyherd', topologyOf: () => CLASSIC },
  'herds of up to 50 servers': {
    kind: 'proxyherd',
    topologyOf: (chance) => randomTopology(chance, MOST_SERVERS),
  },
  'herds that cannot compare, and replay': {
    kind: 'plain',
    topologyOf: (chance) => randomTopology(chance, 10),
  },
}

for (const [name, { kind, topologyOf }] of Object.entries(HERDS)) {
  t.test(
    `${name}: whatever links do, once healed every server holds the true newest of each client`,
    async (t) => {
      const wrong = SEEDS.filter((seed) => !converges(seed, kind, topologyOf))
      t.same(wrong, [], 'seeds that fail: SEED=n replays one')
    },
  )
}

function converges(
  seed: number,
  kind: NeighbourKind,
  topologyOf: (chance: Chance) => SimulatedTopology,
): boolean {
  const chance = new Chance(seed)
  const topology = topologyOf(chance)
  const weather = { lost: chance.below(50), repeated: chance.below(50), delay: 1 + chance.below(20) }
  const herd = new SimulatedHerd(topology, weather, chance, kind)
  for (let step = 0; step < 60; step += 1) {
    if (chance.happens(40)) herd.toggle(chance.pick(topology.links))
    if (chance.happens(60)) speak(herd, topology, chance)
    herd.tick()
  }
  herd.heal()
  const truth = herd.truth().join('\n')
  return herd.tables().every((table) => table.join('\n') === truth) && herd.agrees()
}

// Few clients, times and positions, so that many reports are late, equal in time, or said twice.
function speak(herd: SimulatedHerd, { servers }: SimulatedTopology, chance: Chance): void {
  const time = `${chance.below(12)}.${chance.pick(['5', '50', '500000001', '4999999999'])}`
  const iamat = `IAMAT ${chance.pick(CLIENTS)} ${chance.pick(POSITIONS)} ${time}`
  herd.hear(chance.pick(servers), iamat, BigInt(chance.below(20)) * 1_000_000_000n)
}

t.test('in calm weather a report crosses each link of the classic herd at most once each way', async (t) => {
  const chance = new Chance(1)
  const herd = new SimulatedHerd(CLASSIC, { lost: 0, repeated: 0, delay: 1 }, chance)
  for (const link of CLASSIC.links) herd.toggle(link)
  for (let ticks = 0; ticks < 3; ticks += 1) herd.tick()
  const before = herd.sent
  herd.hear('Clark', 'IAMAT kiwi +34.06-118.44 1', 2_000_000_000n)
  for (let ticks = 0; ticks < 10; ticks += 1) herd.tick()
  t.same(
    herd.tables().map((table) => table.length),
    [1, 1, 1, 1, 1],
  )
  const told = herd.sent - before
  t.ok(told <= 2 * CLASSIC.links.length - (CLASSIC.servers.length - 1), `${told} messages`)
})
