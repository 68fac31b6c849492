import t from 'tap'
import type { ClientNumber } from '../../src/memory/numbers.js'
import type { Area } from '../../src/near/area.js'
import { FirstClients } from '../../src/near/first-clients.js'
import { numbered } from '../fixtures/memory.js'

const BOX: Area = { kind: 'box', box: { west: 0, south: 0, east: 9, north: 9 } }

const UNLIMITED = { left: Infinity }

/** The first clients among some, which are looked up two at a time. */
function firstOf(clients: ClientNumber[]): FirstClients {
  return new FirstClients((_, { from, steps = UNLIMITED }) => {
    steps.left -= 1
    const found = clients.filter((client) => client >= from)
    return { clients: found.slice(0, 2), next: found[2] }
  })
}

/** Takes the next one. */
function take(first: FirstClients, steps = UNLIMITED): ClientNumber | undefined {
  const client = first.next(BOX, steps)
  if (client !== undefined) first.done(client)
  return client
}

t.test('the first clients come by number, also those that have come into the area since', async (t) => {
  const clients = [1, 4, 8, 9].map(numbered)
  const first = firstOf(clients)
  t.ok(first.areDone, 'before the start')
  first.start(true)
  t.equal(take(first), 1)
  clients.splice(1, 0, numbered(3))
  t.same(
    [0, 1, 2, 3].map((number) => first.isToCome(numbered(number))),
    [false, false, true, true],
  )
  first.changed(numbered(3))
  first.changed(numbered(100))
  t.same([take(first), take(first), take(first), take(first)], [3, 4, 8, 9])
  t.equal(take(first), undefined)
  t.ok(first.areDone)
})

t.test('looking them up takes steps, and without an area there are none', async (t) => {
  const first = firstOf([1, 4, 8].map(numbered))
  first.start(true)
  const steps = { left: 1 }
  t.same([take(first, steps), take(first, steps), take(first, steps)], [1, 4, undefined])
  t.notOk(first.areDone)
  t.equal(first.next(undefined, UNLIMITED), undefined)
  t.ok(first.areDone)
  first.start(false)
  t.ok(first.areDone)
})
