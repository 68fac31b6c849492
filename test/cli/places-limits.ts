import t, { type Test } from 'tap'
import { freePorts, topologyFile } from '../fixtures/files.js'
import { startService } from '../fixtures/places-service.js'
import { Terminal } from '../fixtures/terminal.js'

/** Starts Clark with flags and an environment. Returns a function that asks for the places within a radius. */
async function clark(
  t: Test,
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<(radiusKm: number) => Promise<string>> {
  const topology = topologyFile(await freePorts({ servers: ['Clark'], links: [] }))
  const folder = t.testdir({ 'topology.json': topology })
  const file = ['--topology', `${folder}/topology.json`]
  const server = new Terminal({ env })
  const ended = server.run('serve', 'Clark', '--no-store', '--state', `${folder}/state`, ...file, ...argv)
  t.teardown(async () => {
    server.interrupt()
    await ended
  })
  await server.stdout.shows('listens on')
  return async (radiusKm) => {
    const client = new Terminal()
    await client.run('send', 'Clark', 'IAMAT k +1+1 1', `WHATSAT k ${radiusKm} 1`, ...file)
    return client.stdout.text
  }
}

t.test('--places-per-minute limits how often a service is asked', async (t) => {
  const service = await startService(t, (response) => response.end('{"elements": []}'))
  const ask = await clark(t, ['--places', 'osm', '--places-url', service.url, '--places-per-minute', '6'])
  t.match(await ask(1), '"status": "ZERO_RESULTS"')
  t.match(await ask(1), '"status": "ZERO_RESULTS"', 'from the cache')
  t.match(await ask(2), 'the places service \\"osm\\" was not asked: more than 6 look-ups in a minute')
  t.equal(service.requests.length, 1)
})

t.test('the proxy of the environment is used', async (t) => {
  const proxy = await startService(t, (response) => response.end('{"elements": []}'))
  const flags = ['--places', 'osm', '--places-url', 'http://places.example/nearby']
  const ask = await clark(t, flags, { HTTP_PROXY: proxy.url })
  t.match(await ask(1), '"status": "ZERO_RESULTS"')
  t.equal(proxy.requests[0]?.url.href, 'http://places.example/nearby')
})

t.test('a number of look-ups that is none is a usage error', async (t) => {
  for (const [count, fault] of [
    ['-1', 'is less than 0'],
    ['1.5', 'is not a whole number'],
    ['', 'is not a whole number'],
    ['1e3', 'is not a whole number'],
    ['1000000000', 'is more than 999999999'],
  ] as const) {
    const terminal = new Terminal()
    t.equal(await terminal.run('serve', 'Clark', `--places-per-minute=${count}`), 2)
    t.equal(terminal.stderr.text, `proxyherd: --places-per-minute: "${count}" ${fault}\n`)
  }
})
