import t from 'tap'
import { hash, siphash } from '../../src/memory/siphash.js'
import { tableAt } from '../fixtures/server-queries.js'
import { Peer } from '../fixtures/peer.js'
import { ProcessHerd } from '../fixtures/process-herd.js'
import { isSoak } from '../fixtures/soak.js'
import { fill } from '../fixtures/store.js'
import { CLASSIC } from '../fixtures/topologies.js'
import { WEATHER_TIMEOUT_MS } from '../fixtures/weather.js'

t.setTimeout(WEATHER_TIMEOUT_MS)

const CLIENTS = isSoak ? 100_000 : 10_000
const MISSED = CLIENTS / 10
const AWAY = 'Clark'
const SAMPLE = 500

/** How many reports are sent to a server before its replies are read. */
const AT_ONCE = 500

/** The reports that all servers had before, by client. */
const known = new Map(
  Array.from({ length: CLIENTS }, (_, n) => [
    `client-${n}.example`,
    `AT Clark +0.263873386 client-${n}.example +34.068930-118.445127 1700000000`,
  ]),
)

/** Gives each server of the classic herd a store with the reports that all had. */
async function fillStores(state: string): Promise<void> {
  for (const server of CLASSIC.servers) {
    await fill(`${state}/data/${server}`, server, [...known.values()])
  }
}

/** Reports each client again, to one of some servers. Returns the replies by client. */
async function reportAnew(
  ports: readonly number[],
  clients: readonly string[],
): Promise<Map<string, string>> {
  const answers = new Map<string, string>()
  const toServer = async (port: number, own: readonly string[]): Promise<void> => {
    const peer = await Peer.connect(port)
    for (let at = 0; at < own.length; at += AT_ONCE) {
      const some = own.slice(at, at + AT_ONCE)
      peer.write(some.map((client) => `IAMAT ${client} +35.068930-118.445127 1700000001\n`).join(''))
      for (const client of some) answers.set(client, (await peer.read()).trimEnd())
    }
    peer.destroy()
  }
  await Promise.all(
    ports.map((port, index) =>
      toServer(
        port,
        clients.filter((_, n) => n % ports.length === index),
      ),
    ),
  )
  return answers
}

/** Computes the digest of a table: the XOR of the hashes of its lines. */
function digestOf(table: ReadonlyMap<string, string>): string {
  let [low, high] = [0, 0]
  for (const line of table.values()) {
    const bytes = Buffer.from(line)
    siphash([0, 0, 0, 0], bytes, 0, bytes.length)
    low = (low ^ hash.low) >>> 0
    high = (high ^ hash.high) >>> 0
  }
  return [high, low].map((word) => word.toString(16).padStart(8, '0')).join('')
}

t.test(`a server of ${CLIENTS} clients that was down for ${MISSED} updates`, async (t) => {
  const herd = await ProcessHerd.start(t, { prepare: fillStores })
  const truth = new Map(known)
  const clients = [...truth.keys()]
  await herd.equal()
  await herd.stop(AWAY)
  const others = [...herd.ports].filter(([name]) => name !== AWAY).map(([, port]) => port)
  const missed = clients.filter((_, n) => n % (CLIENTS / MISSED) === 3)
  for (const [client, line] of await reportAnew(others, missed)) truth.set(client, line)
  await herd.start(AWAY)
  const statuses = await herd.equal()
  const equalAt = Date.now()
  t.equal(statuses[0]?.digest, digestOf(truth), 'it has the newest acknowledged reports, like the others')
  const since = statuses
    .find(({ server }) => server === AWAY)
    ?.links.map((link) => (link.state === 'up' ? Date.parse(link.upSince) : Infinity))
  t.comment(`was equal again ${equalAt - Math.min(...(since ?? []))} ms after its first link was up`)
  const sample = [...missed.slice(0, SAMPLE), ...clients.slice(0, SAMPLE)]
  const table = await tableAt(herd.ports.get(AWAY) ?? 0, sample)
  t.same(
    sample.filter((client) => table.get(client) !== truth.get(client)),
    [],
    'and reports it',
  )
  t.equal(herd.errors, '', 'no server has printed an error')
})
