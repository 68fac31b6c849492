import t from 'tap'
import { Flood } from '../../src/flood/flood.js'
import { PLAIN } from '../../src/link/dialects.js'
import { Memory } from '../../src/memory/memory.js'
import { lineOf } from '../../src/protocol/lines.js'
import { ClassicInput } from '../../src/server/classic-input.js'
import { ClassicLink } from '../../src/server/classic-link.js'
import { EntriesLog } from '../fixtures/herd.js'
import { KEYS } from '../fixtures/memory.js'
import { lineIn, report } from '../fixtures/reports.js'

/** The input of a connection from the address of the classic neighbour Oak, and what Clark holds. */
function inputOf(isShared: boolean): { input: ClassicInput; flood: Flood; link: ClassicLink } {
  const flood = new Flood('Clark', new Memory(KEYS))
  const link = new ClassicLink({
    server: 'Clark',
    neighbour: 'Oak',
    address: () => undefined,
    dialect: PLAIN,
    flood,
    log: new EntriesLog(),
    onNews: () => undefined,
    onReturn: () => undefined,
  })
  const input = new ClassicInput({
    flood,
    clock: () => 0n,
    classics: () => [link],
    isShared,
    isServer: () => false,
    due: () => undefined,
  })
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
