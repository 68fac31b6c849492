// What src/engine relies on, checked with a real broker: these are not promises of ours.
import { DiscardPolicy } from '@nats-io/jetstream'
import { headers } from '@nats-io/transport-node'
import t from 'tap'
import { selfSigned } from '../fixtures/certificate.js'
import { ANSWERED_WITHIN_MS, NatsClient } from '../fixtures/nats-client.js'
import { NatsServer, BROKER_JOBS, withBroker } from '../fixtures/nats-server.js'
import { PausableWire } from '../fixtures/pausable-wire.js'

t.jobs = BROKER_JOBS

/** For an answer that does not come. */
const GIVEN_UP_AFTER_MS = 200

/** Versions in which a message can have a time to live. */
const KNOWS_TTL = /^(2\.1[1-9]|2\.[2-9][0-9]|[3-9])/

t.test('a stream keeps the last message that arrived, one per subject', withBroker(), async (t) => {
  const { url } = await NatsServer.start(t)
  const { js, streams } = await NatsClient.connect(t, { servers: url })
  await streams.add({ name: 'herd', subjects: ['herd.>'], max_msgs_per_subject: 1 })
  t.match(await js.publish('herd.kiwi', 'newer'), { stream: 'herd', seq: 1, duplicate: false })
  await js.publish('herd.plum', 'first')
  t.match(await js.publish('herd.kiwi', 'older, but later'), { seq: 3 })
  const { created, state } = await streams.info('herd')
  t.match(created, /^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z$/)
  t.match(state, { messages: 2, first_seq: 2, last_seq: 3, num_subjects: 2 })
  const kept = await streams.getMessage('herd', { last_by_subj: 'herd.kiwi' })
  t.equal(kept?.string(), 'older, but later')
})

t.test('a setting that the server does not know is left out without an error', withBroker(), async (t) => {
  const { url } = await NatsServer.start(t)
  const { connection, streams } = await NatsClient.connect(t, { servers: url })
  const { config } = await streams.add({ name: 'herd', subjects: ['herd.>'], allow_msg_ttl: true })
  const { version = '' } = connection.info ?? {}
  t.equal(config.allow_msg_ttl, KNOWS_TTL.test(version) ? true : undefined, version)
  t.not(config.allow_direct, true, 'direct reads must be asked for')
})

t.test('what was acknowledged is there after kill -9, in the same stream', withBroker(), async (t) => {
  const server = await NatsServer.start(t)
  const client = await NatsClient.connect(t, { servers: server.url })
  await client.addStream()
  const before = await client.streams.info('herd')
  const subjects = Array.from({ length: 200 }, (_, index) => `herd.${index}`)
  await Promise.all(subjects.map((subject) => client.js.publish(subject, 'x')))
  t.ok(server.residentBytes > 0 && server.storedBytes > 0)
  await server.kill()
  await client.status('disconnect')
  await server.restart()
  await client.status('reconnect')
  const { created, state } = await client.streams.info('herd')
  t.equal(created, before.created)
  t.match(state, { messages: 200, last_seq: 200 })
})

t.test('without its data a server has no streams, and publishing finds nobody', withBroker(), async (t) => {
  const server = await NatsServer.start(t)
  const client = await NatsClient.connect(t, { servers: server.url })
  await client.addStream()
  const { created } = await client.streams.info('herd')
  await server.stop()
  await client.status('disconnect')
  await server.restart({ withData: false })
  await client.status('reconnect')
  await t.rejects(client.streams.info('herd'), { name: 'StreamNotFoundError', code: 10059, status: 404 })
  await t.rejects(client.js.publish('herd.kiwi', 'x'), { name: 'JetStreamNotEnabled' })
  await client.addStream()
  t.not((await client.streams.info('herd')).created, created)
})

t.test('publishing to a deleted stream finds nobody', withBroker(), async (t) => {
  const { url } = await NatsServer.start(t)
  const client = await NatsClient.connect(t, { servers: url })
  await client.addStream()
  await client.streams.delete('herd')
  await t.rejects(client.js.publish('herd.kiwi', 'x'), { name: 'JetStreamNotEnabled' })
})

t.test(
  'what is published while there is no connection is lost, also after it is back',
  withBroker(),
  async (t) => {
    const server = await NatsServer.start(t)
    const client = await NatsClient.connect(t, { servers: server.url })
    await client.addStream()
    await server.kill()
    await client.status('disconnect')
    client.connection.publish('herd.kiwi', 'x')
    const lost = client.js.publish('herd.plum', 'x', { timeout: GIVEN_UP_AFTER_MS })
    await t.rejects(lost, { name: 'TimeoutError' })
    await server.restart()
    await client.status('reconnect')
    t.match((await client.streams.info('herd')).state, { messages: 0, last_seq: 0 })
  },
)

t.test('a publish that timed out can be stored all the same', withBroker(), async (t) => {
  const server = await NatsServer.start(t)
  const client = await NatsClient.connect(t, { servers: server.url })
  await client.addStream()
  server.pause()
  const late = client.js.publish('herd.kiwi', 'x', { timeout: GIVEN_UP_AFTER_MS })
  await t.rejects(late, { name: 'TimeoutError' })
  server.resume()
  t.match((await client.streams.info('herd')).state, { messages: 1 })
})

t.test('a server that does not answer pings is left', withBroker(), async (t) => {
  const server = await NatsServer.start(t)
  const client = await NatsClient.connect(t, { servers: server.url, pingInterval: 50, maxPingOut: 2 })
  server.pause()
  await client.status('staleConnection')
  await client.status('disconnect')
  server.resume()
  await client.status('reconnect')
  await t.resolves(client.connection.flush())
})

t.test(
  'a full stream refuses what is new, and takes what replaces a message and fits',
  withBroker(),
  async (t) => {
    const { url } = await NatsServer.start(t)
    const client = await NatsClient.connect(t, { servers: url })
    await client.addStream({ max_bytes: 300, discard: DiscardPolicy.New })
    const { js } = client
    await js.publish('herd.kiwi', 'x'.repeat(100))
    await js.publish('herd.plum', 'x'.repeat(50))
    const full = { name: 'JetStreamApiError', code: 10077, status: 503, message: 'maximum bytes exceeded' }
    await t.rejects(js.publish('herd.fig', 'x'.repeat(100)), full)
    await t.rejects(js.publish('herd.kiwi', 'x'.repeat(250)), full)
    t.match(await js.publish('herd.kiwi', 'x'), { seq: 3 })
    await client.streams.update('herd', { max_bytes: -1, max_msgs: 2 })
    await t.rejects(js.publish('herd.fig', 'x'), { ...full, message: 'maximum messages exceeded' })
    t.match(await js.publish('herd.plum', 'x'), { seq: 4 })
  },
)

t.test('a server without space refuses everything until the stream is purged', withBroker(), async (t) => {
  const { url } = await NatsServer.start(t, { settings: { jetstream: { max_file_store: 1_000 } } })
  const client = await NatsClient.connect(t, { servers: url })
  await client.addStream()
  const { js } = client
  for (let index = 0; index < 8; index += 1) await js.publish(`herd.${index}`, 'x'.repeat(90))
  const full = {
    name: 'JetStreamApiError',
    code: 10023,
    status: 503,
    message: 'insufficient resources',
  }
  await t.rejects(js.publish('herd.more', 'x'.repeat(90)), full)
  await t.rejects(js.publish('herd.0', 'x'), full)
  await client.streams.purge('herd')
  await t.resolves(js.publish('herd.0', 'x'))
  await t.rejects(client.streams.add({ name: 'large', max_bytes: 2_000 }), { code: 10047, status: 500 })
})

t.test('an account without space refuses what is new', withBroker(), async (t) => {
  const users = [{ user: 'clark', password: 'secret' }]
  const settings = { accounts: { herd: { jetstream: { max_store: 1_000 }, users } } }
  const { url } = await NatsServer.start(t, { settings })
  const client = await NatsClient.connect(t, { servers: url, user: 'clark', pass: 'secret' })
  await client.addStream()
  for (let index = 0; index < 7; index += 1) await client.js.publish(`herd.${index}`, 'x'.repeat(90))
  await t.rejects(client.js.publish('herd.more', 'x'.repeat(90)), {
    name: 'JetStreamApiError',
    code: 10002,
    status: 400,
    message: 'resource limits exceeded for account',
  })
  await t.resolves(client.js.publish('herd.0', 'x'))
})

t.test('a wrong password is refused', withBroker(), async (t) => {
  const authorization = { user: 'clark', password: 'secret' }
  const { url } = await NatsServer.start(t, { settings: { authorization } })
  const wrong = NatsClient.connect(t, { servers: url, user: 'clark', pass: 'wrong' })
  await t.rejects(wrong, { name: 'AuthorizationError', message: 'Authorization Violation' })
  await t.resolves(NatsClient.connect(t, { servers: url, user: 'clark', pass: 'secret' }))
})

t.test('the certificate of a server is checked', withBroker(), async (t) => {
  const certificate = await selfSigned()
  const { url } = await NatsServer.start(t, { certificate })
  await t.rejects(NatsClient.connect(t, { servers: url, tls: {} }), { message: 'self-signed certificate' })
  const client = await NatsClient.connect(t, { servers: url, tls: { ca: certificate.cert } })
  await t.resolves(client.connection.flush())
})

t.test('a subject that is too long ends the connection', withBroker(), async (t) => {
  const { url } = await NatsServer.start(t)
  const client = await NatsClient.connect(t, { servers: url })
  await client.addStream()
  await t.resolves(client.js.publish(`herd.${'x'.repeat(4_000)}`, 'x'))
  const lost = client.js.publish(`herd.${'x'.repeat(5_000)}`, 'x', { timeout: GIVEN_UP_AFTER_MS })
  await t.rejects(lost, { name: 'TimeoutError' })
  t.match(await client.status('error'), { error: { message: 'maximum control line exceeded' } })
  await client.status('disconnect')
  await client.status('reconnect')
  await t.resolves(client.js.publish('herd.kiwi', 'x'))
})

t.test('the client itself refuses a message that is too large', withBroker(), async (t) => {
  const { url } = await NatsServer.start(t, { settings: { max_payload: 1_000 } })
  const client = await NatsClient.connect(t, { servers: url })
  await client.addStream()
  t.equal(client.connection.info?.max_payload, 1_000)
  const tooLarge = { name: 'InvalidArgumentError', message: "'payload' max_payload size exceeded" }
  await t.rejects(client.js.publish('herd.kiwi', 'x'.repeat(1_001)), tooLarge)
  const long = headers()
  long.set('long', 'x'.repeat(1_000))
  await t.rejects(client.js.publish('herd.kiwi', 'x', { headers: long }), tooLarge)
  await t.resolves(client.js.publish('herd.kiwi', 'x'), 'and the connection stays')
})

t.test('a slow consumer is cut off, and sees no more than a lost connection', withBroker(), async (t) => {
  const limits = { max_pending: 100_000, max_payload: 10_000, write_deadline: '100ms' }
  const server = await NatsServer.start(t, { settings: limits })
  const wire = await PausableWire.to(t, server.port)
  const slow = await NatsClient.connect(t, { servers: `127.0.0.1:${wire.port}` })
  let received = 0
  slow.connection.subscribe('herd.>', { callback: () => void (received += 1) })
  await slow.connection.flush()
  const { connection } = await NatsClient.connect(t, { servers: server.url })
  wire.pause()
  let sent = 0
  const deadline = performance.now() + ANSWERED_WITHIN_MS
  while (!server.log.includes('Slow Consumer') && performance.now() < deadline) {
    for (let more = 0; more < 50; more += 1) connection.publish('herd.kiwi', 'x'.repeat(1_000))
    sent += 50
    await connection.flush()
  }
  await server.logs('Slow Consumer')
  t.match(await server.variables(), { slow_consumers: 1 })
  wire.resume()
  t.match(await slow.status('disconnect'), { type: 'disconnect' })
  await slow.status('reconnect')
  await slow.connection.flush()
  t.ok(received < sent, `${received} of ${sent} received`)
})
