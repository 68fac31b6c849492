// Streams that do not store what they are sent, and are put right.
import t, { type Test } from 'tap'
import { DiscardPolicy } from '@nats-io/jetstream'
import { EngineHerd, STREAM } from '../fixtures/engine-herd.js'
import { NatsClient } from '../fixtures/nats-client.js'
import {
  NatsServer,
  BROKER_JOBS,
  withBroker,
  withBrokerForLong,
  type NatsServerOptions,
} from '../fixtures/nats-server.js'
import { Load } from '../fixtures/load.js'
import { drawSeed } from '../fixtures/seeds.js'
import { isSoak } from '../fixtures/soak.js'
import type { ServerStatus } from '../../src/protocol/status.js'
import { assertTruth } from '../fixtures/weather.js'

t.setTimeout(400_000)
t.jobs = BROKER_JOBS

const REPORTS = isSoak ? 5_000 : 150
const USER = { user: 'clark', pass: 'secret' }
const USERS = [{ user: 'clark', password: 'secret' }]

interface Streams {
  readonly herd: EngineHerd
  readonly client: NatsClient
  readonly load: Load
}

/** Starts a herd under load that uses a stream. */
async function start(t: Test, server: NatsServer, user?: typeof USER): Promise<Streams> {
  const { usernamePasswordAuthenticator } = await import('@nats-io/transport-node')
  const access = (): object =>
    user ? { authenticator: usernamePasswordAuthenticator(user.user, user.pass) } : {}
  const herd = await EngineHerd.start(t, { urls: [server.url], access })
  await herd.healed()
  const client = await NatsClient.connect(t, { servers: server.url, ...user })
  const load = new Load(herd.ports, { seed: drawSeed(t), clients: isSoak ? 1_000 : 100, pauseMs: 20 })
  return { herd, client, load }
}

/** Asserts that all servers hold the newest of all reports now, although the stream cannot store them. */
async function assertLive(t: Test, { herd, load }: Streams): Promise<void> {
  await load.stop()
  await assertTruth(t, herd, load)
}

/** Asserts that each server has reported a fault once. */
function assertReportedOnce(t: Test, herd: EngineHerd, fault: RegExp): void {
  const times = herd.names.map(
    (name) => herd.news.filter((news) => news.startsWith(`${name} `) && fault.test(news)).length,
  )
  t.same(
    times,
    herd.names.map(() => 1),
    `it is reported once: ${herd.news.join(', ')}`,
  )
}

/** Asserts that a server that starts now has everything from the stream, once the others have stored it. */
async function assertStored(
  t: Test,
  { herd, load }: Streams,
  server: NatsServer,
  access?: () => object,
): Promise<void> {
  await herd.healed()
  await herd.stored()
  const [{ clients }] = (await herd.equal()) as [ServerStatus]
  for (const name of herd.names) await herd.stop(name)
  await herd.start('Juzang', { urls: [server.url], ...(access && { access }) })
  await herd.holds(clients)
  await assertTruth(t, herd, load)
}

t.test(
  'live reports arrive while the stream is full, and it is filled when it has room',
  withBroker(),
  async (t) => {
    const server = await NatsServer.start(t)
    const streams = await start(t, server)
    const { herd, client, load } = streams
    await client.streams.update(STREAM, { max_bytes: 2_000, discard: DiscardPolicy.New })
    await load.goesOn(REPORTS)
    await herd.faulty(/stores no reports: maximum bytes exceeded/)
    await load.goesOn(REPORTS)
    await assertLive(t, streams)
    assertReportedOnce(t, herd, /maximum bytes exceeded/)
    await client.streams.update(STREAM, { max_bytes: -1 })
    await assertStored(t, streams, server)
  },
)

for (const [limit, where] of [
  ['a broker', { jetstream: { max_file_store: 4_000 } }],
  ['an account', { accounts: { herd: { jetstream: { max_store: 4_000 }, users: USERS } } }],
] as [string, NatsServerOptions['settings']][])
  t.test(`live reports arrive while ${limit} has no room`, withBroker(), async (t) => {
    const server = await NatsServer.start(t, { settings: where ?? {} })
    const streams = await start(t, server, limit === 'an account' ? USER : undefined)
    const { herd, load } = streams
    await load.goesOn(REPORTS)
    await herd.faulty(/stores no reports: (insufficient resources|resource limits exceeded)/)
    await load.goesOn(REPORTS)
    await assertLive(t, streams)
    assertReportedOnce(t, herd, /stores no reports/)
  })

t.test('a stream that is deleted while in use is created and filled again', withBroker(), async (t) => {
  const server = await NatsServer.start(t)
  const streams = await start(t, server)
  const { herd, client, load } = streams
  await load.goesOn(REPORTS)
  await client.streams.delete(STREAM)
  // Others receive the reports, so the broker does not say that no stream does.
  await herd.faulty(/stores no reports: it does not confirm reports within 5 s/)
  await load.goesOn(REPORTS)
  await herd.healed()
  await load.stop()
  assertReportedOnce(t, herd, /stores no reports/)
  await assertStored(t, streams, server)
})

// The whole stream is read at most once a minute.
t.test('reports that are removed from the stream are published again', withBrokerForLong(), async (t) => {
  const server = await NatsServer.start(t)
  const streams = await start(t, server)
  const { herd, client, load } = streams
  await load.goesOn(REPORTS)
  await load.stop()
  await herd.stored()
  const before = await client.streams.info(STREAM)
  await client.streams.purge(STREAM)
  while ((await client.streams.info(STREAM)).state.messages === 0) await herd.statuses()
  t.ok(before.state.messages > 0)
  await assertStored(t, streams, server)
})

t.test('a stream with another configuration is not used until it is right', withBroker(), async (t) => {
  const server = await NatsServer.start(t)
  const client = await NatsClient.connect(t, { servers: server.url })
  await client.streams.add({ name: STREAM, subjects: ['herd.default.>'], max_msgs_per_subject: 5 })
  const herd = await EngineHerd.start(t, { urls: [server.url] })
  const fault =
    /^its stream herd-default has another configuration: max_msgs_per_subject is 5, not 1; discard is old, not new$/
  await herd.faulty(fault)
  const load = new Load(herd.ports, { seed: drawSeed(t), clients: 100, pauseMs: 20 })
  const streams = { herd, client, load }
  await load.goesOn(REPORTS)
  await assertLive(t, streams)
  assertReportedOnce(t, herd, /another configuration/)
  await client.streams.update(STREAM, { max_msgs_per_subject: 1, discard: DiscardPolicy.New })
  await assertStored(t, streams, server)
})
