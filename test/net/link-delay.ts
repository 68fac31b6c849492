import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { newHerdKey, parseHerdKeys, type HerdKeys } from '../../src/net/herd-key.js'
import type { LinkNews } from '../../src/server/server-options.js'
import { statusAt, tableAt, until } from '../fixtures/server-queries.js'
import { Chance } from '../fixtures/chance.js'
import { freePorts } from '../fixtures/files.js'
import { TestHerd } from '../fixtures/herd.js'
import { Peer } from '../fixtures/peer.js'
import { SlowLink } from '../fixtures/slow-link.js'

const SERVERS = ['Bernard', 'Clark'] as const
const DELAY_MS = 100

/** Ten times the target, which is 8 delays and 0.5 s. */
const LINKED_WITHIN_MS = 13_000

/** Ten times the target, which is one delay and 50 ms. */
const ARRIVED_WITHIN_MS = 1_500

/** Long enough for each end to find out that the other does not answer. */
const IDLE_MS = 5_000

/** Two servers that are connected only by slow links. The events of the link are added to `news`. */
async function slowPair(t: Test, keys: HerdKeys | undefined, news: LinkNews[]): Promise<Map<string, number>> {
  const topology = await freePorts({ servers: SERVERS, links: [SERVERS] })
  const ports = new Map([...topology.servers].map(([name, { port }]) => [name, port]))
  for (const [index, name] of SERVERS.entries()) {
    const neighbour = SERVERS[1 - index] as string
    const link = await SlowLink.open({
      farPort: ports.get(neighbour) ?? 0,
      delayMs: DELAY_MS,
      chance: new Chance(index),
    })
    t.teardown(() => {
      link.close()
    })
    const servers = new Map([...topology.servers, [neighbour, { host: '127.0.0.1', port: link.port }]])
    await TestHerd.start(t, {
      topology: { ...topology, servers },
      names: [name],
      ...(keys && { security: { keys } }),
      onLink: (one) => {
        news.push(one)
      },
    })
  }
  return ports
}

for (const [title, keys] of [
  ['without a herd key', undefined],
  ['with a herd key', parseHerdKeys(newHerdKey(), 'test')],
] as const)
  t.test(`a link of ${DELAY_MS} ms one way ${title}`, async (t) => {
    const news: LinkNews[] = []
    const ports = await slowPair(t, keys, news)
    await until(
      LINKED_WITHIN_MS,
      () => Promise.all([...ports.values()].map((port) => statusAt(port, keys))),
      (statuses) =>
        statuses.every(({ links }) =>
          links.every((link) => link.state === 'up' && link.kind === 'proxyherd'),
        ),
      (statuses) => JSON.stringify(statuses.map(({ links }) => links)),
    )
    const [bernard = 0, clark = 0] = ports.values()
    const reply = await report(bernard, 'kiwi')
    const table = await until(
      ARRIVED_WITHIN_MS,
      () => tableAt(clark, ['kiwi']),
      (table) => table.has('kiwi'),
      () => 'the report has not arrived',
    )
    t.equal(table.get('kiwi'), reply, 'a report crosses')
    await sleep(IDLE_MS)
    t.same(
      news.filter(({ what }) => what === 'lost'),
      [],
      'no link is lost',
    )
  })

async function report(port: number, client: string): Promise<string> {
  const peer = await Peer.connect(port)
  peer.write(`IAMAT ${client} +34.068930-118.445127 1621464827.959498503\n`)
  const reply = await peer.read()
  peer.destroy()
  return reply.trimEnd()
}
