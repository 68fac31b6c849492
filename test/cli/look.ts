import t, { type Test } from 'tap'
import { Onlooker } from '../../src/cli/look.js'
import { judge } from '../../src/cli/verdict.js'
import type { Address } from '../../src/net/dial.js'
import { PeerListener } from '../fixtures/peer.js'
import { DIGEST, standing, tellingServer } from '../fixtures/status.js'

const OTHER = 'f'.repeat(16)

/** Where a server listens that tells, each time it is asked, the next of these digests. */
async function telling(t: Test, name: string, digests: readonly string[]): Promise<Address> {
  const statuses = digests.map((digest) => standing(name, { digest }))
  return { host: '127.0.0.1', port: (await tellingServer(t, statuses)).port }
}

/** Looks at Elm and Oak, each of which tells the next of its digests when it is asked. */
async function onlooker(t: Test, elm: readonly string[], oak: readonly string[]): Promise<Onlooker> {
  const servers = new Map([
    ['Elm', await telling(t, 'Elm', elm)],
    ['Oak', await telling(t, 'Oak', oak)],
  ])
  const onlooker = new Onlooker(servers, { timeoutMs: 10_000 })
  t.teardown(() => {
    onlooker.close()
  })
  return onlooker
}

t.test('servers that are equal are asked once', async (t) => {
  const look = await (await onlooker(t, [DIGEST, OTHER], [DIGEST])).look()
  t.equal(look.rounds, 1)
  t.match(judge(look), { inSync: true })
})

t.test('while reports travel they differ, and are asked again until they do not', async (t) => {
  const look = await (await onlooker(t, [OTHER, DIGEST], [DIGEST, OTHER, DIGEST, OTHER])).look(60_000)
  t.equal(look.rounds, 3)
  t.match(judge(look), { inSync: true, words: new RegExp(`digest ${DIGEST}$`) })
})

t.test('but not for ever', async (t) => {
  const look = await (await onlooker(t, [OTHER], [DIGEST])).look(100)
  t.match(judge(look), { inSync: false, words: /^not in sync: digests differ/ })
})

t.test('one that has failed is not waited for again in the same look', async (t) => {
  const gone = await PeerListener.listen()
  const servers = new Map([['Yew', { host: '127.0.0.1', port: gone.port }]])
  for (const [name, digests] of Object.entries({ Elm: [OTHER, DIGEST], Oak: [DIGEST] }))
    servers.set(name, await telling(t, name, digests))
  gone.close()
  const onlooker = new Onlooker(servers, { timeoutMs: 10_000 })
  const look = await onlooker.look(60_000)
  onlooker.close()
  t.equal(look.rounds, 2)
  t.equal(judge(look).words, 'not in sync: Yew gave no status; the other 2 are in sync')
})

t.test('a look that is under way ends when it is closed', async (t) => {
  const silent = await PeerListener.listen()
  t.teardown(() => {
    silent.close()
  })
  const onlooker = new Onlooker(new Map([['Elm', { host: '127.0.0.1', port: silent.port }]]), {
    timeoutMs: 600_000,
  })
  const look = onlooker.look()
  await (await silent.next()).read()
  onlooker.close()
  t.match(judge(await look), { inSync: false })
})
