import t from 'tap'
import type { Broker, BrokerConnection } from '../../src/engine/broker.js'
import { START_BYTES } from '../../src/engine/envelope.js'
import { EngineLink, type Timer } from '../../src/engine/engine-link.js'
import type { EngineParts } from '../../src/engine/open-engine.js'
import { Subjects } from '../../src/engine/subjects.js'
import { anyPorts, TestHerd } from '../fixtures/herd.js'
import { statusAt, until } from '../fixtures/server-queries.js'

/** A broker that takes everything and confirms nothing. */
class SilentBroker implements Broker {
  published = 0
  isClosed = false

  connect(): Promise<BrokerConnection> {
    return Promise.resolve({
      publish: () => void (this.published += 1),
      flush: () => Promise.resolve(),
      inspect: () => Promise.resolve({ identity: 'first', last: 0, messages: 0 }),
      read: () => Promise.resolve(),
      close: () => {
        this.isClosed = true
        return Promise.resolve()
      },
    })
  }
}

const timer: Timer = {
  now: () => performance.now(),
  after: (ms, run) => {
    const timeout = setTimeout(run, ms)
    return () => {
      clearTimeout(timeout)
    }
  },
}

function link(broker: Broker, parts: EngineParts): EngineLink {
  const subjects = new Subjects('herd', parts.carrier)
  const start = new Uint8Array(START_BYTES)
  return new EngineLink({ ...parts, name: 'nats:herd', subjects, broker, seal: undefined, start, timer })
}

t.test('a server that stops waits for its engine no longer than the timeout', async (t) => {
  const broker = new SilentBroker()
  const topology = anyPorts({ servers: ['Clark'], links: [] })
  const herd = await TestHerd.open({ topology, engine: (parts) => link(broker, parts) })
  await herd.ask('Clark', 'IAMAT kiwi +1+2 3\n')
  const status = await until(
    5_000,
    () => statusAt(herd.port('Clark')),
    ({ links }) => links.some(({ state }) => state === 'up'),
    (last) => JSON.stringify(last),
  )
  t.match(status.links, [{ neighbour: 'nats:herd', kind: 'engine', pending: 1 }])
  t.equal(await herd.herd.stopAll(50), 0)
  t.ok(broker.isClosed)
  t.ok(broker.published > 0)
})
