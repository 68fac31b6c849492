import t from 'tap'
import { Flood } from '../../src/flood/flood.js'
import type { Dialect } from '../../src/link/dialect.js'
import { PLAIN } from '../../src/link/dialects.js'
import { Memory } from '../../src/memory/memory.js'
import { lineOf } from '../../src/protocol/lines.js'
import { ClassicInput } from '../../src/server/classic-input.js'
import { ClassicLink } from '../../src/server/classic-link.js'
import { EntriesLog } from '../fixtures/herd.js'
import { KEYS } from '../fixtures/memory.js'
import { lineIn, report } from '../fixtures/reports.js'

const OPTIONS = {
  name: 'Clark',
  servers: new Set(['Clark', 'Oak', 'Elm']),
  clock: () => 0n,
  tick: { due: () => undefined },
}

/** Clark's link to Oak. */
function oakLink(flood: Flood): ClassicLink {
  return new ClassicLink({
    server: 'Clark',
    neighbour: 'Oak',
    address: () => undefined,
    dialect: PLAIN,
    flood,
    log: new EntriesLog(),
    onNews: () => undefined,
    onReturn: () => undefined,
  })
}

/** The input of a connection from the address of the classic neighbour Oak, and what Clark holds. */
function inputOf(isShared: boolean): { input: ClassicInput; flood: Flood; link: ClassicLink } {
  const flood = new Flood('Clark', new Memory(KEYS))
  const link = oakLink(flood)
  const links = { classics: () => [link], undecided: () => [], learn: () => undefined }
  const input = new ClassicInput({ options: OPTIONS, flood, links, neighbours: () => undefined, isShared })
  return { input, flood, link }
}

t.test('clients and a server may share a connection from an address that is not this machine', async (t) => {
  const { input, flood } = inputOf(false)
  t.equal(input.take(lineOf('IAMAT kiwi +1+1 5')), undefined)
  t.match(input.take(lineOf('AT Oak --0.5 lime +2+2 7')), { kind: 'silence' })
  t.same(Array.from(flood.reports(), lineIn), ['AT Oak -0.5 lime +2+2 7'])
})

t.test('on this machine, a connection of a client stays one', async (t) => {
  const { input, flood } = inputOf(true)
  t.equal(input.take(lineOf('IAMAT kiwi +1+1 5')), undefined)
  t.equal(input.take(lineOf('AT Oak --0.5 lime +2+2 7')), undefined)
  t.equal(flood.size, 0)
})

t.test('nothing is taken for a neighbour whose address is not known', async (t) => {
  const { input, flood, link } = inputOf(true)
  input.take(lineOf('AT Elm +0.5 lime +2+2 7'))
  t.equal(flood.size, 1)
  t.match(link.status(0), { state: 'up', pending: 0 }, 'the neighbour has sent it itself')
  flood.receive(report('AT Elm +0.5 fig +2+2 7'))
  link.send()
  t.match(link.status(0), { pending: 1 })
  await link.close()
})

/** The input of a connection of a neighbour, Oak, that may be classic, and what was learned of it. */
function earlyInput(isShared: boolean): { input: ClassicInput; flood: Flood; learned: string[] } {
  const flood = new Flood('Clark', new Memory(KEYS))
  const learned: string[] = []
  const links = {
    classics: () => [],
    undecided: () => ['Oak'],
    learn: (neighbour: string, { template }: Dialect) => learned.push(`${neighbour}: ${template}`),
  }
  const input = new ClassicInput({ options: OPTIONS, flood, links, neighbours: () => undefined, isShared })
  return { input, flood, learned }
}

const EARLY = 'FLOOD 3 AT Elm --0.5 lime +2+2 7'

t.test('reports in other forms are understood before it is known what a neighbour is', async (t) => {
  const { input, flood, learned } = earlyInput(true)
  t.equal(input.take(lineOf(EARLY)), undefined)
  t.match(input.takeEarly(lineOf(EARLY)), { kind: 'silence' })
  t.match(input.takeEarly(lineOf('Oak Elm')), { kind: 'silence' }, 'a second line with visited servers')
  t.match(input.takeEarly(lineOf(EARLY.replace('7', '6'))), { kind: 'silence' })
  t.equal(input.takeEarly(lineOf('AT Oak +0.5 fig +2+2 7')), undefined, 'it is as good as from a client')
  t.match(input.takeEarly(lineOf(`From Oak: ${EARLY.slice(8).replace(' 7', ' 8')}`)), { kind: 'silence' })
  t.same(Array.from(flood.reports(), lineIn), ['AT Elm -0.5 lime +2+2 8'])
  t.same(learned, [
    'Elm: FLOOD {number} AT {server} {skew} {client} {position} {time}',
    'Oak: From {sender}: AT {server} {skew} {client} {position} {time}',
  ])
  t.equal(input.takeEarly(lineOf('FOO!')), undefined)
  t.equal(input.takeEarly(lineOf(EARLY.replace('7', '9'))), undefined, 'now it is a client')
})

t.test(
  'a line of a neighbour that may be classic is not taken for one of a known classic neighbour',
  async (t) => {
    const flood = new Flood('Clark', new Memory(KEYS))
    const learned: string[] = []
    const link = oakLink(flood)
    const links = {
      classics: () => [link],
      undecided: () => ['Elm'],
      learn: (neighbour: string) => learned.push(neighbour),
    }
    const input = new ClassicInput({
      options: OPTIONS,
      flood,
      links,
      neighbours: () => undefined,
      isShared: true,
    })
    t.match(input.take(lineOf('UPDATE AT Elm +0.5 lime +2+2 7')), { kind: 'silence' })
    t.match(link.status(0), { pending: 1 }, 'Oak has not sent it, and lacks it')
    t.same(learned, ['Elm'])
    t.match(input.take(lineOf('UPDATE AT Oak +0.5 fig +2+2 7')), { kind: 'silence' })
    t.match(link.status(0), { pending: 1 })
    t.same(learned, ['Elm'])
  },
)

t.test('a line that may be of a client is not understood', async (t) => {
  const lines = [
    'FOO',
    '',
    'Oak Elm',
    'IAMAT kiwi +1+1 5',
    'WHATSAT kiwi 1 1',
    'AT Clark 0.5 kiwi +1+1 5',
    'AT Yew 0.5 kiwi +1+1 5',
    'AT Oak 0.5 kiwi +91+1 5',
  ]
  for (const line of lines) {
    const { input, flood } = earlyInput(true)
    t.equal(input.takeEarly(lineOf(line)), undefined, line)
    t.equal(input.takeEarly(lineOf(EARLY)), undefined, `after ${line}`)
    t.equal(flood.size, 0)
    const other = earlyInput(false).input
    t.equal(other.takeEarly(lineOf(line)), undefined, line)
    t.match(other.takeEarly(lineOf(EARLY)), { kind: 'silence' }, `from another machine, after ${line}`)
  }
})

t.test('an early rounded copy does not replace the report that it was made of', async (t) => {
  const { input, flood, learned } = earlyInput(true)
  flood.receive(report('AT Elm +0.5 kiwi +1+1 5.26'))
  t.match(input.takeEarly(lineOf('UPDATE AT Elm +0.5 kiwi +1+1 5.3')), { kind: 'silence' })
  t.same(Array.from(flood.reports(), lineIn), ['AT Elm +0.5 kiwi +1+1 5.26'])
  t.same(learned, [])
})
