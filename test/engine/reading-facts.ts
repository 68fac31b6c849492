// What a server pays that reads a whole stream from a real broker. SUBJECTS=100000 prints figures for so many.
import { AckPolicy, DeliverPolicy, type ConsumerConfig } from '@nats-io/jetstream'
import t, { type Test } from 'tap'
import { NatsClient } from '../fixtures/nats-client.js'
import { NatsServer, BROKER_JOBS, withBroker } from '../fixtures/nats-server.js'

t.jobs = BROKER_JOBS

const SUBJECTS = Number(process.env['SUBJECTS'] ?? 200)
const IN_FLIGHT = 500
const REPORT = 'AT Clark +0.263873386 kiwi.cs.ucla.edu +34.068930-118.445127 1621464827.959498503'

/** Forgotten a minute after its reader is gone. */
const CONSUMER = { ack_policy: AckPolicy.None, mem_storage: true, inactive_threshold: 60e9 }
const ALL = { ...CONSUMER, deliver_policy: DeliverPolicy.All }
const LAST = { ...CONSUMER, deliver_policy: DeliverPolicy.LastPerSubject }

/** Publishes a message to each subject. */
async function fill(t: Test, server: NatsServer, { js }: NatsClient): Promise<void> {
  const startedAt = performance.now()
  for (let from = 0; from < SUBJECTS; from += IN_FLIGHT) {
    const size = Math.min(IN_FLIGHT, SUBJECTS - from)
    const subjects = Array.from({ length: size }, (_, index) => `herd.client-${from + index}`)
    await Promise.all(subjects.map((subject) => js.publish(subject, REPORT)))
  }
  const { residentBytes, storedBytes } = server
  t.comment(`${secondsSince(startedAt)} s to publish; ${residentBytes} B resident, ${storedBytes} B on disk`)
}

/** The subjects that a consumer delivers, in order. */
async function read(
  t: Test,
  { js, consumers }: NatsClient,
  config: Partial<ConsumerConfig>,
): Promise<string[]> {
  const startedAt = performance.now()
  const { name } = await consumers.add('herd', config)
  const createdAfter = secondsSince(startedAt)
  const messages = await (await js.consumers.get('herd', name)).consume()
  const subjects: string[] = []
  for await (const { subject, info } of messages) {
    subjects.push(subject)
    if (info.pending === 0) break
  }
  t.comment(`${config.deliver_policy ?? ''}: ${secondsSince(startedAt)} s, ${createdAfter} s of it to create`)
  return subjects
}

function secondsSince(startedAt: number): string {
  return ((performance.now() - startedAt) / 1_000).toFixed(3)
}

t.test('all messages of such a stream are the last of their subjects', withBroker(), async (t) => {
  const server = await NatsServer.start(t)
  const client = await NatsClient.connect(t, { servers: server.url, noAsyncTraces: true })
  await client.addStream()
  await fill(t, server, client)
  await fill(t, server, client)
  const all = await read(t, client, ALL)
  t.equal(new Set(all).size, SUBJECTS)
  t.equal(all.length, SUBJECTS)
  t.same(await read(t, client, { ...LAST, filter_subject: 'herd.>' }), all, 'in the same order')
  await t.rejects(client.consumers.add('herd', LAST), { name: 'JetStreamApiError' }, 'without a filter')
})
