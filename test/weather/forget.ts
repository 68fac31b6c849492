import assert from 'node:assert/strict'
import t, { type Test } from 'tap'
import { Chance } from '../fixtures/chance.js'
import { EventReader } from '../fixtures/event-reader.js'
import { HttpHerd } from '../fixtures/http-herd.js'
import { readMetrics } from '../fixtures/metrics-text.js'
import { Peer } from '../fixtures/peer.js'
import { ProcessHerd } from '../fixtures/process-herd.js'
import { clientIds } from '../fixtures/reporter.js'
import { drawSeed } from '../fixtures/seeds.js'
import { tableAt } from '../fixtures/server-queries.js'
import { isSoak } from '../fixtures/soak.js'
import { assertEqual, WEATHER_TIMEOUT_MS } from '../fixtures/weather.js'

t.setTimeout(WEATHER_TIMEOUT_MS)

/** How many clients report, and of how many it is acknowledged that they are forgotten before a server is killed. */
const CLIENTS = isSoak ? 5_000 : 600
const FORGETS = CLIENTS / 4

/** How many connections ask to forget clients, each one after another. */
const CONNECTIONS = 8

/** Within the default of --max-future. */
const AHEAD_SECONDS = 3_600

const POSITION = { latitude: 34.06, longitude: -118.44 }

/** Asks a server to forget a client. */
const WAYS = {
  HTTP: async (t: Test, herd: HttpHerd, id: string): Promise<void> => {
    t.equal((await herd.ask('Juzang', `DELETE /v1/clients/${id}`)).status, 204)
  },
  TCP: async (t: Test, { servers }: HttpHerd, id: string): Promise<void> => {
    const peer = await Peer.connect(servers.ports.get('Johnson') ?? 0)
    peer.write(`FORGET ${id}\n`)
    t.equal(await peer.read(), `FORGOTTEN ${id}\n`)
    peer.destroy()
  },
}

t.test('a client that a wrong clock has frozen is forgotten and healed by every server', async (t) => {
  const herd = await HttpHerd.start(t)
  for (const [way, forget] of Object.entries(WAYS)) {
    const id = `kiwi-${way}`
    const now = Math.floor(Date.now() / 1_000)
    const put = (server: string, time: number) =>
      herd.ask(server, `PUT /v1/clients/${id}`, { body: { position: POSITION, time } })
    await put('Bernard', now + AHEAD_SECONDS)
    await assertHeld(t, herd, id, now + AHEAD_SECONDS)
    t.match((await put('Clark', now)).json, { isNewest: false }, 'it is frozen')
    const watchers = await Promise.all(
      herd.names.map((server) => EventReader.open(herd, `client=${id}`, { server })),
    )
    await Promise.all(watchers.map((watcher) => watcher.begun()))
    await forget(t, herd, id)
    for (const watcher of watchers) t.same(await watcher.texts(1), [`forgotten ${id} ${now + AHEAD_SECONDS}`])
    await assertGone(t, herd, id)
    t.match((await put('Clark', now)).json, { isNewest: true })
    await assertHeld(t, herd, id, now)
    for (const watcher of watchers) {
      t.same(await watcher.texts(1), [`report ${id} ${now}`])
      watcher.close()
    }
    for (const name of herd.names) t.equal(await tombstones(herd, name), 0, name)
  }
  await herd.servers.equal()
  t.match(herd.servers.errors, /^(?:proxyherd: HTTP is on 127\.0\.0\.1 only|proxyherd: hint: give tokens|$)/)
})

/** Asserts that every server comes to have this report, and finds it near its position. */
async function assertHeld(t: Test, herd: HttpHerd, id: string, time: number): Promise<void> {
  for (const name of herd.names) {
    const held = await herd.ask(name, `GET /v1/clients/${id}?atLeast=${time}&wait=30s`)
    t.match(held.json, { id, time: `${time}` }, name)
    t.ok((await near(herd, name)).includes(id), `${name} finds it`)
  }
}

/** Asserts that no server has a report of a client, or finds it, and that all count it as forgotten. */
async function assertGone(t: Test, herd: HttpHerd, id: string): Promise<void> {
  for (const name of herd.names) {
    t.equal((await herd.ask(name, `GET /v1/clients/${id}`)).status, 404, name)
    t.notOk((await near(herd, name)).includes(id), `${name} does not find it`)
    t.equal(await tombstones(herd, name), 1, name)
  }
}

async function near(herd: HttpHerd, name: string): Promise<unknown[]> {
  const { latitude, longitude } = POSITION
  const { json } = await herd.ask(name, `GET /v1/clients?near=${latitude},${longitude}&radiusKm=1`)
  return (json['clients'] as { id: string }[]).map(({ id }) => id)
}

async function tombstones(herd: HttpHerd, name: string): Promise<number | undefined> {
  const { text } = await herd.ask(name, 'GET /metrics')
  return readMetrics(text).get('proxyherd_tombstones')?.samples[0]?.value
}

t.test('a server that is killed while it forgets clients brings none of them back', async (t) => {
  const herd = await ProcessHerd.start(t)
  const forgotten = await killWhileForgetting(t, herd, ['Clark'])
  await herd.start('Clark')
  await herd.linked(['Clark'])
  await assertForgotten(t, herd, forgotten)
})

t.test('when all servers are killed while one forgets clients, its journal brings none back', async (t) => {
  const herd = await ProcessHerd.start(t, { flags: ['--durability', 'commit'] })
  const forgotten = await killWhileForgetting(t, herd, herd.names)
  await herd.start('Clark')
  const alone = await tableAt(herd.ports.get('Clark') ?? 0, forgotten.clients)
  t.same(
    forgotten.acknowledged.filter((client) => alone.has(client)),
    [],
    'by its journal alone',
  )
  await Promise.all(herd.names.filter((name) => name !== 'Clark').map((name) => herd.start(name)))
  await herd.linked()
  await assertForgotten(t, herd, forgotten)
})

interface Forgotten {
  /** All that have reported, at this time. */
  readonly clients: readonly string[]
  readonly time: number
  /** Those that Clark has said to be forgotten, and of them those whose reports it forgets only up to that time. */
  readonly acknowledged: readonly string[]
  readonly upToTime: readonly string[]
  /** Those that it was not asked to forget. */
  readonly kept: readonly string[]
}

/** Kills servers, Clark among them, while Clark is asked to forget clients: every other whatever its time, the rest up to the time of their reports. */
async function killWhileForgetting(
  t: Test,
  herd: ProcessHerd,
  killed: readonly string[],
): Promise<Forgotten> {
  const chance = new Chance(drawSeed(t))
  const clients = clientIds(CLIENTS)
  const time = Math.floor(Date.now() / 1_000)
  await report(herd, clients, time, chance)
  await herd.equal()
  const left = [...clients]
  const acknowledged: string[] = []
  const upToTime: string[] = []
  let kill: Promise<void> | undefined
  const forget = async (peer: Peer): Promise<void> => {
    for (let client = left.shift(); client !== undefined; client = left.shift()) {
      const isUpToTime = chance.happens(50)
      const line = isUpToTime ? `${client} ${time}` : client
      peer.write(`FORGET ${line}\n`)
      const answer = await peer.read().catch(() => undefined)
      if (answer === undefined) return
      t.equal(answer, `FORGOTTEN ${line}\n`)
      acknowledged.push(client)
      if (isUpToTime) upToTime.push(client)
      if (acknowledged.length === FORGETS) kill = herd.kill(...killed)
    }
  }
  const port = herd.ports.get('Clark') ?? 0
  const peers = await Promise.all(Array.from({ length: CONNECTIONS }, () => Peer.connect(port)))
  await Promise.all(peers.map(forget))
  await kill
  t.ok(left.length > 0, `killed after ${acknowledged.length} of ${CLIENTS} forgets`)
  return { clients, time, acknowledged, upToTime, kept: left }
}

/** Reports clients, each at some server. */
async function report(
  herd: ProcessHerd,
  clients: readonly string[],
  time: number,
  chance: Chance,
): Promise<void> {
  const texts = new Map<string, string[]>()
  for (const client of clients) {
    const server = chance.pick(herd.names)
    texts.set(server, [...(texts.get(server) ?? []), `IAMAT ${client} +34.06-118.44 ${time}\n`])
  }
  for (const [server, lines] of texts) {
    const peer = await Peer.connect(herd.ports.get(server) ?? 0)
    peer.write(lines.join(''))
    peer.end()
    assert.equal((await peer.closed).match(/^AT /gm)?.length, lines.length)
  }
}

/** Asserts that all servers agree: what was acknowledged to be forgotten is gone, and what was not asked for is held. */
async function assertForgotten(
  t: Test,
  herd: ProcessHerd,
  { clients, time, acknowledged, upToTime, kept }: Forgotten,
): Promise<void> {
  // Their reports come again, late.
  await report(herd, upToTime, time, new Chance(1))
  const table = await assertEqual(t, herd, clients)
  t.same(
    acknowledged.filter((client) => table.has(client)),
    [],
    'nothing that is forgotten is back',
  )
  t.same(
    kept.filter((client) => !table.has(client)),
    [],
    'nothing else is forgotten',
  )
}
