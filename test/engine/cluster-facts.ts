// What src/engine relies on when several brokers keep a stream, checked with real ones.
import t from 'tap'
import { NatsClient } from '../fixtures/nats-client.js'
import { NatsCluster } from '../fixtures/nats-cluster.js'
import { BROKER_JOBS, withBroker } from '../fixtures/nats-server.js'
import { until } from '../fixtures/server-queries.js'

t.jobs = BROKER_JOBS

/** A leader is chosen within 10 s, on a machine that has nothing else to do. */
const TAKEN_WITHIN_MS = 60_000
const ACKNOWLEDGED_WITHIN_MS = 1_000

const REFUSED = /^(TimeoutError|JetStreamNotEnabled)$/

/** Publishes until it is acknowledged. */
async function publish({ js }: NatsClient, subject: string): Promise<void> {
  await until(
    TAKEN_WITHIN_MS,
    () => refusal(js.publish(subject, 'x', { timeout: ACKNOWLEDGED_WITHIN_MS })),
    (error) => error === undefined,
    (error) => `publishing is refused with ${error ?? ''}`,
  )
}

/** The name of the error that something is refused with; undefined if it is not. */
async function refusal(answer: Promise<unknown>): Promise<string | undefined> {
  return answer.then(
    () => undefined,
    (error: unknown) => (error as Error).name,
  )
}

t.test('three servers take publishes without one of them', withBroker(), async (t) => {
  const cluster = await NatsCluster.start(t)
  const client = await NatsClient.connect(t, { servers: cluster.urls })
  await client.addStream({ num_replicas: 3 })
  await publish(client, 'herd.kiwi')
  const { cluster: placed } = await client.streams.info('herd')
  t.equal(placed?.replicas?.length, 2)
  const leader = cluster.servers.find(({ name }) => name === placed?.leader)
  const others = cluster.servers.filter((server) => server !== leader)
  const [second] = others

  await leader?.kill()
  await publish(client, 'herd.plum')
  t.pass('also without the one that leads the stream')

  await second?.kill()
  const { js, streams } = client
  for (let tries = 0; tries < 3; tries += 1)
    t.match(await refusal(js.publish('herd.fig', 'x', { timeout: ACKNOWLEDGED_WITHIN_MS })), REFUSED)

  await second?.restart()
  await publish(client, 'herd.fig')
  const { state } = await streams.info('herd')
  t.equal(state.num_subjects, 3, 'what was acknowledged is there')
})
