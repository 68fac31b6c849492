import t, { type Test } from 'tap'
import { HerdProbe } from '../../src/cli/herd-probe.js'
import { syncVerdict } from '../../src/cli/sync-verdict.js'
import type { Address } from '../../src/net/dial.js'
import { PeerListener } from '../fixtures/peer.js'
import { DIGEST, standing, statusServer } from '../fixtures/status.js'

const OTHER = 'f'.repeat(16)

/** The address of a server whose status has the next of these digests each time. */
async function telling(t: Test, name: string, digests: readonly string[]): Promise<Address> {
  const statuses = digests.map((digest) => standing(name, { digest }))
  return { host: '127.0.0.1', port: (await statusServer(t, statuses)).port }
}

/** Probes Elm and Oak; the status of each has the next of its digests each time. */
async function onlooker(t: Test, elm: readonly string[], oak: readonly string[]): Promise<HerdProbe> {
  const servers = new Map([
    ['Elm', await telling(t, 'Elm', elm)],
    ['Oak', await telling(t, 'Oak', oak)],
  ])
  const onlooker = new HerdProbe(servers, { timeoutMs: 10_000 })
  t.teardown(() => {
    onlooker.close()
  })
  return onlooker
}

t.test('servers with equal digests are asked once', async (t) => {
  const look = await (await onlooker(t, [DIGEST, OTHER], [DIGEST])).probe()
  t.equal(look.rounds, 1)
  t.match(syncVerdict(look), { inSync: true })
})

t.test('servers with different digests are asked again until they are equal', async (t) => {
  const look = await (await onlooker(t, [OTHER, DIGEST], [DIGEST, OTHER, DIGEST, OTHER])).probe(60_000)
  t.equal(look.rounds, 3)
  t.match(syncVerdict(look), { inSync: true, words: new RegExp(`digest ${DIGEST}$`) })
})

t.test('servers whose digests stay different are asked for a limited time', async (t) => {
  const look = await (await onlooker(t, [OTHER], [DIGEST])).probe(100)
  t.match(syncVerdict(look), { inSync: false, words: /^not in sync: digests differ/ })
})

t.test('a server that has failed is not asked again in the same probe', async (t) => {
  const gone = await PeerListener.listen()
  const servers = new Map([['Yew', { host: '127.0.0.1', port: gone.port }]])
  for (const [name, digests] of Object.entries({ Elm: [OTHER, DIGEST], Oak: [DIGEST] }))
    servers.set(name, await telling(t, name, digests))
  gone.close()
  const onlooker = new HerdProbe(servers, { timeoutMs: 10_000 })
  const look = await onlooker.probe(60_000)
  onlooker.close()
  t.equal(look.rounds, 2)
  t.equal(syncVerdict(look).words, 'not in sync: Yew gave no status; the other 2 are in sync')
})

t.test('closing ends a probe in progress', async (t) => {
  const silent = await PeerListener.listen()
  t.teardown(() => {
    silent.close()
  })
  const onlooker = new HerdProbe(new Map([['Elm', { host: '127.0.0.1', port: silent.port }]]), {
    timeoutMs: 600_000,
  })
  const look = onlooker.probe()
  await (await silent.next()).read()
  onlooker.close()
  t.match(syncVerdict(await look), { inSync: false })
})
