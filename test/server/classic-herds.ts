import { setTimeout } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { Chance } from '../fixtures/chance.js'
import { canRunClassics, ClassicServer, type Switches } from '../fixtures/classic-server.js'
import { freePorts } from '../fixtures/files.js'
import { TestHerd } from '../fixtures/herd.js'
import { drawSeed } from '../fixtures/seeds.js'
import { isSoak } from '../fixtures/soak.js'
import { CLASSIC, type SimulatedTopology } from '../fixtures/topologies.js'
import { DIALECTS } from '../../src/link/dialects.js'
import type { Topology } from '../../src/topology/topology.js'

/** A herd of which some servers are of other programs, and what its clients have reported. */
class MixedHerd {
  readonly herd: TestHerd
  readonly classics: ReadonlyMap<string, ClassicServer>
  /** The newest position of each client, and when. */
  readonly newest = new Map<string, string>()
  /** The storms that were reported, as `Clark Oak`. */
  readonly storms: readonly string[]
  readonly #chance: Chance
  readonly #names: readonly string[]
  #reports = 0

  private constructor(
    herd: TestHerd,
    classics: Map<string, ClassicServer>,
    names: readonly string[],
    storms: readonly string[],
    seed: number,
  ) {
    this.herd = herd
    this.classics = classics
    this.#names = names
    this.storms = storms
    this.#chance = new Chance(seed)
  }

  static async start(
    t: Test,
    plan: SimulatedTopology,
    switches: Readonly<Record<string, Switches>>,
    changed: Topology['servers'] = new Map(),
  ): Promise<MixedHerd> {
    const free = await freePorts(plan)
    const topology = { ...free, servers: new Map([...free.servers, ...changed]) }
    const classics = new Map<string, ClassicServer>()
    for (const [name, each] of Object.entries(switches))
      classics.set(name, await ClassicServer.start(t, name, topology, each))
    const names = plan.servers.filter((name) => !classics.has(name))
    const storms: string[] = []
    const herd = await TestHerd.start(t, {
      topology,
      names,
      onLink: ({ server, neighbour, why }) => {
        if (why.includes('again and again')) storms.push(`${server} ${neighbour}`)
      },
    })
    // Reports come before it is known which neighbours are classic.
    return new MixedHerd(herd, classics, plan.servers, storms, drawSeed(t))
  }

  /** Clients report to servers, to each of those named at least once. */
  async report(count: number, names: readonly string[] = this.#names): Promise<void> {
    for (let index = 0; index < count; index += 1) {
      const name = names[index] ?? this.#chance.pick(names)
      const client = `client${this.#chance.below(8)}`
      this.#reports += 1
      const where = `+34.0689${10 + this.#chance.below(80)}-118.445127`
      const time = `${1_621_464_800 + this.#reports}.959498${100 + this.#chance.below(899)}`
      const reply = await this.#ask(name, `IAMAT ${client} ${where} ${time}`)
      if (!reply.startsWith('AT ')) throw new Error(`${name} replied ${reply}`)
      this.newest.set(client, `${where} ${time}`)
    }
  }

  /** Resolves when every server answers with the newest reports. */
  async untilEqual(names: readonly string[] = this.#names): Promise<void> {
    for (const name of names)
      for (const [client, expected] of this.newest) {
        for (;;) {
          const [line = ''] = (await this.#ask(name, `WHATSAT ${client} 1 0`)).split('\n')
          if (line.endsWith(expected)) break
          await setTimeout(20)
        }
      }
  }

  async #ask(name: string, command: string): Promise<string> {
    return (await this.classics.get(name)?.ask(command)) ?? this.herd.ask(name, `${command}\n`)
  }
}

/** How many reports the clients of a herd make. */
const REPORTS = isSoak ? 2_000 : 20

/** One server in the middle, which is proxyherd, so that the others need not understand each other. */
const STAR: SimulatedTopology = {
  servers: ['Clark', 'Juzang', 'Bernard', 'Jaquez', 'Johnson'],
  links: [
    ['Clark', 'Juzang'],
    ['Clark', 'Bernard'],
    ['Clark', 'Jaquez'],
    ['Clark', 'Johnson'],
  ],
}

t.test('one classic server of five learns all, and all learn what it knows', async (t) => {
  if (!canRunClassics(t)) return
  const mixed = await MixedHerd.start(t, CLASSIC, { Jaquez: { newline: false } })
  await mixed.report(REPORTS)
  await mixed.untilEqual()
})

t.test('two classic servers that are linked share the reports with the others', async (t) => {
  if (!canRunClassics(t)) return
  const same = { dialect: 'visited', reads: 'line', closes: false }
  const mixed = await MixedHerd.start(t, CLASSIC, { Jaquez: same, Clark: same })
  await mixed.report(REPORTS)
  await mixed.untilEqual()
})

const STARS: readonly Readonly<Record<string, Switches>>[] = [
  {
    Juzang: { dialect: 'hops', newline: false },
    Bernard: { dialect: 'flood-skew', reads: 'eof', newline: false, answers: false },
    Jaquez: { dialect: 'comma', skew: 'two-signs', echo: true, back: true },
    Johnson: { dialect: 'semicolons', newline: 2, closes: false },
  },
  {
    Juzang: { dialect: 'visited-list', reads: 'eof' },
    Bernard: { dialect: 'client-first', skew: 'exponent', second: true },
    Jaquez: { dialect: 'flood-received-server', back: true },
    Johnson: { dialect: 'skew-first' },
  },
]

/** The same with all dialects, four at a time. */
function* allDialects(): Generator<Readonly<Record<string, Switches>>> {
  const dialects = [...DIALECTS.keys()]
  const names = STAR.servers.slice(1)
  while (dialects.length > 0)
    yield Object.fromEntries(
      dialects.splice(0, names.length).map((dialect, index) => [names[index] as string, { dialect }]),
    )
}

for (const [index, switches] of [...STARS, ...(isSoak ? allDialects() : [])].entries())
  t.test(`four classic servers that do not understand each other share all reports, ${index}`, async (t) => {
    if (!canRunClassics(t)) return
    const mixed = await MixedHerd.start(t, STAR, switches)
    await mixed.report(REPORTS)
    await mixed.untilEqual()
  })

t.test('a storm of two classic servers is reported once, and reports still spread', async (t) => {
  if (!canRunClassics(t)) return
  const storming = { merges: 'storm', back: true }
  const mixed = await MixedHerd.start(t, CLASSIC, { Jaquez: storming, Clark: storming })
  await mixed.report(2, ['Juzang', 'Bernard'])
  while (mixed.storms.length < 2) await setTimeout(20)
  await mixed.report(3, ['Johnson', 'Jaquez', 'Juzang'])
  await mixed.untilEqual(['Juzang', 'Bernard', 'Johnson'])
  t.same([...mixed.storms].sort(), ['Bernard Jaquez', 'Juzang Clark'])
})

t.test('a classic server that is killed and restarted is sent what is newer', async (t) => {
  if (!canRunClassics(t)) return
  const mixed = await MixedHerd.start(t, STAR, { Juzang: { dialect: 'update' } })
  await mixed.report(10)
  await mixed.untilEqual()
  const others = STAR.servers.filter((name) => name !== 'Juzang')
  for (let rounds = isSoak ? 50 : 1; rounds > 0; rounds -= 1) {
    await mixed.classics.get('Juzang')?.kill()
    mixed.newest.clear()
    await mixed.report(10, others)
    await mixed.classics.get('Juzang')?.start()
    await mixed.report(5)
    await mixed.untilEqual()
  }
})
