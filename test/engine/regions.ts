// Servers in processes of their own, which can be killed.
import t from 'tap'
import { APART } from '../fixtures/engine-herd.js'
import { Load } from '../fixtures/load.js'
import { NatsServer, BROKER_JOBS, withBroker } from '../fixtures/nats-server.js'
import { ProcessHerd } from '../fixtures/process-herd.js'
import { drawSeed } from '../fixtures/seeds.js'
import { isSoak } from '../fixtures/soak.js'
import { assertTruth } from '../fixtures/weather.js'

t.setTimeout(400_000)
t.jobs = BROKER_JOBS

const REPORTS = isSoak ? 5_000 : 200

/** Three servers here, two of them carriers, and two there, one of them a carrier. */
const REGIONS = {
  servers: ['Clark', 'Jaquez', 'Bernard', 'Juzang', 'Johnson'],
  links: [
    ['Clark', 'Jaquez'],
    ['Clark', 'Bernard'],
    ['Jaquez', 'Bernard'],
    ['Juzang', 'Johnson'],
  ],
} as const

/** Servers that are no carriers do not know of the others. */
const SPLIT = /^.*: not connected: 2 groups without a link between them.*\n/gm

const CARRIERS: readonly string[] = ['Clark', 'Bernard', 'Juzang']

t.test('servers without links answer what was reported to any of them', withBroker(), async (t) => {
  const { url } = await NatsServer.start(t)
  const herd = await ProcessHerd.start(t, { servers: APART, flags: ['--engine', url, '--no-store'] })
  const load = new Load(herd.ports, { seed: drawSeed(t), clients: 100, pauseMs: 20 })
  await load.goesOn(REPORTS)
  await load.stop()
  await assertTruth(t, herd, load)

  await herd.kill('Juzang')
  await herd.start('Juzang')
  await assertTruth(t, herd, load)
  t.pass('also one that starts again with an empty table')
})

t.test('a region goes on with its other carrier when one is killed', withBroker(), async (t) => {
  const { url } = await NatsServer.start(t)
  const herd = await ProcessHerd.start(t, {
    servers: REGIONS,
    flags: ['--no-store'],
    flagsOf: (name) => (CARRIERS.includes(name) ? ['--engine', url] : []),
  })
  const load = new Load(herd.ports, { seed: drawSeed(t), clients: 100, pauseMs: 20 })
  await load.goesOn(REPORTS)
  await herd.kill('Clark')
  await load.goesOn(REPORTS)
  await herd.start('Clark')
  await herd.linked(['Clark'])
  await load.goesOn(REPORTS)
  await herd.kill('Juzang')
  await load.goesOn(REPORTS)
  await herd.start('Juzang')
  await herd.linked(['Juzang'])
  await load.goesOn(REPORTS)
  await load.stop()
  const { names, errors } = herd
  const asked = { names, errors: errors.replace(SPLIT, ''), equal: () => herd.equal() }
  await assertTruth(t, { ...asked, tables: (clients) => herd.tables(clients) }, load)
})
