import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { Memory } from '../../src/memory/memory.js'
import { Flood } from '../../src/flood/flood.js'
import { toBytes } from '../../src/protocol/bytes.js'
import { KEYS } from '../fixtures/memory.js'
import { lineIn, report, reports } from '../fixtures/reports.js'
import { lonely, told } from '../fixtures/said.js'

const OLD = 'AT Clark +0.1 kiwi +1+1 1'
const NEWER = 'AT Clark +0.1 kiwi +2+2 2'
const NEWEST = 'AT Clark +0.1 kiwi +3+3 3'
const LIME = 'AT Clark +0.1 lime +1+1 1'

/** Some servers in one process, not linked yet, and what they have told one another: `Clark > Oak AT …`. */
class Process {
  readonly heard: string[] = []
  readonly #floods: ReadonlyMap<string, Flood>

  constructor(...names: string[]) {
    const archive = new Memory(KEYS)
    this.#floods = new Map(names.map((name) => [name, new Flood(name, archive, 4)]))
  }

  flood(name: string): Flood {
    const flood = this.#floods.get(name)
    assert.ok(flood)
    return flood
  }

  link(one: string, other: string): void {
    for (const [from, to] of [
      [one, other],
      [other, one],
    ] as const)
      this.flood(from).linkWithin(this.flood(to), (line) => {
        this.heard.push(`${from} > ${to} ${lineIn(line)}`)
      })
  }

  /** What was told since this was last asked. */
  said(): string[] {
    return this.heard.splice(0)
  }
}

/** Clark, Oak and Fig, each linked to both others. */
function triangle(): Process {
  const process = new Process('Clark', 'Oak', 'Fig')
  process.link('Clark', 'Oak')
  process.link('Oak', 'Fig')
  process.link('Fig', 'Clark')
  return process
}

function known(flood: Flood, client: string): string | undefined {
  const found = flood.get(toBytes(client))
  return found && lineIn(found)
}

t.test('what one server of a process hears, all have heard', async (t) => {
  const process = triangle()
  process.flood('Clark').receive(report(OLD))
  t.same(
    process.said(),
    [`Clark > Oak ${OLD}`, `Clark > Fig ${OLD}`],
    'each is told once, by the one that is nearest',
  )
  for (const name of ['Oak', 'Fig']) {
    t.equal(known(process.flood(name), 'kiwi'), OLD)
    t.equal(process.flood(name).size, 1)
    t.equal(process.flood(name).digest, process.flood('Clark').digest)
  }
})

t.test('it goes as far as the links do', async (t) => {
  const process = new Process('Clark', 'Oak', 'Fig', 'Elm')
  process.link('Clark', 'Oak')
  process.link('Oak', 'Fig')
  process.flood('Clark').receive(report(OLD))
  t.same(process.said(), [`Clark > Oak ${OLD}`, `Oak > Fig ${OLD}`])
  t.equal(known(process.flood('Elm'), 'kiwi'), undefined)
})

t.test('it goes on to other processes and to the disk, but not back', async (t) => {
  const process = triangle()
  const [oak, fig] = [process.flood('Oak'), process.flood('Fig')]
  oak.unstored.start(true)
  oak.linkUp('Elsewhere', 'plain')
  fig.linkUp('Elsewhere', 'plain')
  oak.receive(report(OLD), 'Elsewhere')
  t.equal(oak.unstored.size, 1)
  t.same(told(oak, 'Elsewhere', 10), [])
  t.same(told(fig, 'Elsewhere', 10), [OLD], 'Fig cannot know where Oak has it from')
})

t.test('servers that are linked tell each other all that they know', async (t) => {
  const process = new Process('Clark', 'Oak')
  process.flood('Clark').receive(report(NEWEST))
  process.flood('Oak').receive(report(LIME))
  process.link('Clark', 'Oak')
  t.same(process.said(), [`Clark > Oak ${NEWEST}`, `Oak > Clark ${LIME}`])
})

t.test(
  'a server holds what it has heard, though others of the process have heard newer, until it is linked',
  async (t) => {
    const process = new Process('Clark', 'Oak', 'Fig')
    const floods = ['Clark', 'Oak', 'Fig'].map((name) => process.flood(name))
    const lines = [NEWEST, NEWER, OLD]
    floods.forEach((flood, index) => flood.receive(report(lines[index] ?? '')))
    t.same(
      floods.map((flood) => known(flood, 'kiwi')),
      lines,
    )
    process.link('Oak', 'Fig')
    t.same(process.said(), [`Oak > Fig ${NEWER}`], 'newer, though not the newest')
    process.link('Fig', 'Clark')
    t.same(process.said(), [`Clark > Fig ${NEWEST}`, `Fig > Oak ${NEWEST}`])
  },
)

t.test('two that have heard the same, older than what another knows, tell each other nothing', async (t) => {
  const process = new Process('Clark', 'Oak', 'Fig')
  process.flood('Fig').receive(report(NEWER))
  process.flood('Clark').receive(report(OLD))
  process.flood('Oak').receive(report(OLD))
  process.link('Clark', 'Oak')
  t.same(process.said(), [])
})

t.test('what is repeated, or late, is told to nobody', async (t) => {
  const process = triangle()
  process.flood('Clark').receive(report(NEWER))
  process.said()
  t.equal(process.flood('Oak').receive(report(NEWER)), false)
  t.equal(process.flood('Fig').receive(report(OLD)), false)
  t.same(process.said(), [])
})

t.test('servers of one process hold what a server alone does that hears all', async (t) => {
  const names = ['Clark', 'Oak', 'Fig'] as const
  const hearings = fc.array(fc.tuple(fc.constantFrom(...names), reports(['kiwi', 'lime', 'fig'])), {
    maxLength: 8,
  })
  const property = fc.property(hearings, (hearings) => {
    const process = triangle()
    const alone = lonely('Elm', 4)
    for (const [name, heard] of hearings)
      for (const report of heard) assert.equal(process.flood(name).receive(report), alone.receive(report))
    for (const name of names) assert.deepEqual(holds(process.flood(name)), holds(alone))
  })
  t.doesNotThrow(() => {
    fc.assert(property)
  })
})

t.test('whatever each has heard before, once they are linked they hold the same', async (t) => {
  const some = reports(['kiwi', 'lime', 'fig'])
  const property = fc.property(some, some, some, (...heard) => {
    const process = new Process('Clark', 'Oak', 'Fig')
    const alone = lonely('Elm', 4)
    for (const [index, name] of ['Clark', 'Oak', 'Fig'].entries())
      for (const report of heard[index] ?? []) {
        process.flood(name).receive(report)
        alone.receive(report)
      }
    process.link('Clark', 'Oak')
    process.link('Fig', 'Oak')
    for (const name of ['Clark', 'Oak', 'Fig']) assert.deepEqual(holds(process.flood(name)), holds(alone))
  })
  t.doesNotThrow(() => {
    fc.assert(property)
  })
})

function holds(flood: Flood): { lines: string[]; digest: string; size: number } {
  return { lines: Array.from(flood.reports(), lineIn).sort(), digest: flood.digest, size: flood.size }
}
