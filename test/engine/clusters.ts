// Servers whose stream is kept by three brokers, of which some fail.
import t from 'tap'
import { APART, EngineHerd, STREAM } from '../fixtures/engine-herd.js'
import { Load } from '../fixtures/load.js'
import { NatsClient } from '../fixtures/nats-client.js'
import { NatsCluster } from '../fixtures/nats-cluster.js'
import { BROKER_JOBS, withBroker } from '../fixtures/nats-server.js'
import { drawSeed } from '../fixtures/seeds.js'
import { isSoak } from '../fixtures/soak.js'
import { assertTruth } from '../fixtures/weather.js'

t.setTimeout(400_000)
t.jobs = BROKER_JOBS

const REPORTS = isSoak ? 20_000 : 200
const CLIENTS = isSoak ? 2_000 : 100

t.test('a cluster loses a server, then its quorum, and regains both', withBroker(), async (t) => {
  const cluster = await NatsCluster.start(t)
  const { urls, servers } = cluster
  const herd = await EngineHerd.start(t, { urls })
  await herd.healed()
  const load = new Load(herd.ports, { seed: drawSeed(t), clients: CLIENTS, pauseMs: 20 })
  await load.goesOn(REPORTS)
  const { streams } = await NatsClient.connect(t, { servers: urls })
  const { config, cluster: placed } = await streams.info(STREAM)
  t.equal(config.num_replicas, 3)
  const leader = servers.find(({ name }) => name === placed?.leader)
  const [second] = servers.filter((server) => server !== leader)

  await leader?.kill()
  await load.goesOn(REPORTS)
  await herd.healed()
  await load.goesOn(REPORTS)
  t.pass('it goes on without the server that leads the stream')

  await second?.kill()
  await load.goesOn(REPORTS)
  await herd.faulty(/./)
  await load.goesOn(REPORTS)
  const links = await herd.links()
  t.equal(links.length, APART.servers.length, links.map(({ fault = '' }) => fault).join(', '))

  await second?.restart()
  await herd.healed()
  await load.stop()
  await assertTruth(t, herd, load)
  t.comment(herd.news.join('\n'))
})
