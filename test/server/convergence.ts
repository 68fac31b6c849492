import t, { type Test } from 'tap'
import type { Neighbour } from '../../src/flood/neighbour.js'
import { FROM_DISK, type Change } from '../../src/flood/change.js'
import { Replica } from '../../src/flood/replica.js'
import { LATE, type Origin } from '../../src/flood/origin.js'
import { Memory } from '../../src/memory/memory.js'
import { Convergence } from '../../src/server/convergence.js'
import { KEYS } from '../fixtures/memory.js'
import { report } from '../fixtures/reports.js'

interface Measured {
  readonly replica: Replica
  readonly convergence: Convergence
  /** A report of Oak comes, a second after it has arrived there. */
  readonly receive: (client: string, change: Partial<Change>) => void
}

const ARRIVED_US = 1_621_464_828_000_000

function measured(t: Test): Measured {
  const replica = new Replica('Clark', new Memory(KEYS), 4)
  const convergence = new Convergence(replica, () => ARRIVED_US + 1_000_000)
  t.teardown(() => {
    convergence.close()
  })
  const receive: Measured['receive'] = (client, change) => {
    replica.merge(report(`AT Oak +1 ${client} +1+1 1621464827`), { ...FROM_DISK, ...change })
  }
  return { replica, convergence, receive }
}

function neighbour(kind: Neighbour['kind']): Neighbour {
  return { kind, markKnown: () => undefined } as unknown as Neighbour
}

const OAK = { name: 'Oak', latest: ARRIVED_US } as Origin

t.test('reports of neighbours over a network and of an engine are measured when the tick ends', async (t) => {
  const { convergence, receive } = measured(t)
  receive('a', { route: OAK, sender: neighbour('proxyherd') })
  receive('b', { route: LATE, sender: neighbour('proxyherd') })
  receive('c', { sender: neighbour('engine') })
  t.equal(convergence.seconds.count, 0)
  convergence.tickEnded()
  t.equal(convergence.seconds.count, 3)
  t.equal(convergence.seconds.sum, 3)
})

t.test('reports of own clients, of the process, of classic servers and from disk are not', async (t) => {
  const { convergence, receive } = measured(t)
  receive('a', {})
  receive('b', { sender: neighbour('local') })
  receive('c', { sender: neighbour('plain') })
  convergence.tickEnded()
  t.equal(convergence.seconds.count, 0)
})

t.test('the clock of a neighbour is corrected for, and nothing arrives before it was sent', async (t) => {
  const { convergence, receive } = measured(t)
  convergence.clockOffsetsMs = new Map([['Oak', 500]])
  receive('a', { route: OAK, sender: neighbour('proxyherd') })
  convergence.tickEnded()
  t.equal(convergence.seconds.sum, 1.5)
  convergence.clockOffsetsMs = new Map([['Oak', -7_000]])
  receive('b', { route: OAK, sender: neighbour('proxyherd') })
  convergence.tickEnded()
  t.equal(convergence.seconds.sum, 1.5)
  t.equal(convergence.seconds.counts[0], 1)
})

t.test('a client that is removed leaves nothing behind', async (t) => {
  const { replica, convergence, receive } = measured(t)
  receive('a', { route: OAK, sender: neighbour('proxyherd') })
  const [client] = replica.table.clients()
  if (client === undefined) throw new Error('there is no client')
  replica.remove(client)
  convergence.tickEnded()
  t.equal(convergence.seconds.count, 1)
})
