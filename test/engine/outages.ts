// Servers and their broker, which goes away in all ways that a broker can.
import t, { type Test } from 'tap'
import { usernamePasswordAuthenticator } from '@nats-io/transport-node'
import { freePort } from '../fixtures/files.js'
import { EngineHerd, STREAM } from '../fixtures/engine-herd.js'
import { Load, type LoadOptions } from '../fixtures/load.js'
import { NatsClient } from '../fixtures/nats-client.js'
import { NatsServer, BROKER_JOBS, withBroker, withBrokerForLong } from '../fixtures/nats-server.js'
import { PausableWire } from '../fixtures/pausable-wire.js'
import { drawSeed } from '../fixtures/seeds.js'
import { isSoak } from '../fixtures/soak.js'
import { assertTruth } from '../fixtures/weather.js'

t.setTimeout(400_000)
t.jobs = BROKER_JOBS

/** How many clients report, and how many reports are acknowledged before and after each event. */
const CLIENTS = isSoak ? 5_000 : 100
const REPORTS = isSoak ? 20_000 : 200

function load(t: Test, herd: EngineHerd, more: Partial<LoadOptions> = {}): Load {
  return new Load(herd.ports, { seed: drawSeed(t), clients: CLIENTS, pauseMs: isSoak ? 2 : 20, ...more })
}

/** Stops the load, and asserts that nothing is wrong any more. */
async function assertHealed(t: Test, herd: EngineHerd, load: Load): Promise<void> {
  await load.stop()
  await assertTruth(t, herd, load)
  await herd.healed()
}

/** How often each news has come. */
function counted(news: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const text of news) counts.set(text, (counts.get(text) ?? 0) + 1)
  return counts
}

t.test(
  'a leaf node of a broker will do, if the domain of its JetStream is given',
  withBroker(),
  async (t) => {
    const port = await freePort()
    const hub = await NatsServer.start(t, {
      settings: { jetstream: { domain: 'hub' }, leafnodes: { listen: `127.0.0.1:${port}` } },
    })
    const leaf = await NatsServer.start(t, {
      name: 'leaf',
      settings: { jetstream: false, leafnodes: { remotes: [{ url: `nats://127.0.0.1:${port}` }] } },
    })
    const herd = await EngineHerd.start(t, { urls: [leaf.url], domain: 'hub' }, ['Clark'])
    const clients = load(t, herd)
    await clients.goesOn(REPORTS)
    await herd.start('Bernard', { urls: [hub.url], domain: 'hub' })
    await clients.goesOn(REPORTS)
    await assertHealed(t, herd, clients)
  },
)

t.test('a server that starts late has what was reported before', withBroker(), async (t) => {
  const { url } = await NatsServer.start(t)
  const herd = await EngineHerd.start(t, { urls: [url] }, ['Clark', 'Bernard'])
  const clients = load(t, herd)
  await clients.goesOn(REPORTS)
  await herd.start('Juzang', { urls: [url] })
  await clients.goesOn(REPORTS)
  await assertHealed(t, herd, clients)
})

for (const withData of [true, false])
  t.test(
    `a broker is killed under load and comes back ${withData ? 'with' : 'without'} its data`,
    withBroker(),
    async (t) => {
      const server = await NatsServer.start(t)
      const herd = await EngineHerd.start(t, { urls: [server.url] })
      await herd.healed()
      const clients = load(t, herd)
      await clients.goesOn(REPORTS)
      await server.kill()
      await clients.goesOn(REPORTS)
      for (const link of await herd.links())
        t.match(link, {
          state: 'down',
          fault: /^(nobody listens there|the connection was reset|it closed the connection)$/,
        })
      await clients.goesOn(2 * CLIENTS)
      await server.restart({ withData })
      await herd.healed()
      await clients.goesOn(REPORTS)
      await assertHealed(t, herd, clients)
      t.ok(
        [...counted(herd.news).values()].every((times) => times <= 2),
        `each change is reported once: ${herd.news.join(', ')}`,
      )

      await herd.stored()
      const { streams } = await NatsClient.connect(t, { servers: server.url })
      const { state } = await streams.info(STREAM, { subjects_filter: '>' })
      const stored = new Set(Object.keys(state.subjects ?? {}).map((subject) => subject.split('.')[3]))
      t.equal(
        stored.size,
        new Set(clients.history.acknowledged.map(({ client }) => client)).size,
        'and stored',
      )
    },
  )

t.test('while its broker is away, a server queues at most a report per client', withBroker(), async (t) => {
  const server = await NatsServer.start(t)
  const herd = await EngineHerd.start(t, { urls: [server.url] })
  await herd.healed()
  await server.kill()
  const clients = load(t, herd, { clients: 40 })
  await clients.goesOn(1_000)
  for (const { links, clients } of await herd.statuses())
    t.match(links, [{ state: 'down' }], `${clients} clients`)
  await server.restart()
  await assertHealed(t, herd, clients)
  for (const link of await herd.links())
    t.ok(link.state === 'up' && link.sentBytes < 40 * 400, 'and publishes no more than that')
})

t.test('a broker that refuses the password is tried until it takes one', withBroker(), async (t) => {
  const authorization = { user: 'clark', password: 'secret' }
  const { url } = await NatsServer.start(t, { settings: { authorization } })
  let password = 'wrong'
  const access = (): object => ({ authenticator: usernamePasswordAuthenticator('clark', password) })
  const herd = await EngineHerd.start(t, { urls: [url], access })
  await herd.faulty(/^it refuses the credentials, or needs some$/)
  const clients = load(t, herd)
  await clients.goesOn(REPORTS)
  t.same(
    herd.news.sort(),
    herd.names.map((name) => `${name} unreachable: it refuses the credentials, or needs some`).sort(),
    'it is reported once',
  )
  password = 'secret'
  await herd.healed()
  await assertHealed(t, herd, clients)
})

t.test('a server that reads slowly reads what it has missed from the stream', withBroker(), async (t) => {
  const limits = { max_pending: 1_500_000, max_payload: 100_000, write_deadline: '100ms' }
  const server = await NatsServer.start(t, { settings: limits })
  const wire = await PausableWire.to(t, server.port)
  const herd = await EngineHerd.start(t, { urls: [server.url] }, ['Clark', 'Bernard'])
  await herd.start('Juzang', { urls: [`nats://127.0.0.1:${wire.port}`] })
  await herd.healed()
  const others = new Map([...herd.ports].filter(([name]) => name !== 'Juzang'))
  const clients = new Load(others, { seed: drawSeed(t), clients: 300, idBytes: 3_000, pauseMs: 1 })
  wire.pause()
  await server.logs('Slow Consumer')
  await clients.goesOn(REPORTS)
  wire.resume()
  await clients.goesOn(REPORTS)
  await assertHealed(t, herd, clients)
})

t.test('a broker that is paused is as one that is away', withBrokerForLong(), async (t) => {
  const server = await NatsServer.start(t)
  const herd = await EngineHerd.start(t, { urls: [server.url] })
  await herd.healed()
  const clients = load(t, herd)
  await clients.goesOn(REPORTS)
  server.pause()
  await herd.faulty(/^it does not answer/)
  await clients.goesOn(REPORTS)
  server.resume()
  await herd.healed()
  await assertHealed(t, herd, clients)
  t.comment(herd.news.join('\n'))
})
