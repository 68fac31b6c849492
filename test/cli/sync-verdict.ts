import t from 'tap'
import type { ProbedServer } from '../../src/cli/herd-probe.js'
import { syncVerdict } from '../../src/cli/sync-verdict.js'
import type { LinkStatus } from '../../src/protocol/status.js'
import { asked, DIGEST, standing, upLink } from '../fixtures/status.js'

const OTHER = 'f'.repeat(16)

/** A server with this many clients and this digest. */
const holds = (name: string, digest: string, clients = 3): ProbedServer =>
  asked(name, standing(name, { digest, clients }))

const [elm, oak] = [holds('Elm', DIGEST), holds('Oak', DIGEST)]
const down = asked('Yew', 'nobody listens')

t.test('servers are in sync if all have answered with equal digests, whatever else differs', async (t) => {
  const behind = [
    upLink('Oak', { pending: 9, lastComparison: { secondsAgo: 1, equal: false } }),
    { neighbour: 'Ash', state: 'down' } as const,
  ]
  const cases: [servers: ProbedServer[], words: string][] = [
    [[elm], `in sync: 1 server, 3 clients, digest ${DIGEST}`],
    [[elm, oak], `in sync: 2 servers, 3 clients, digest ${DIGEST}`],
    [[holds('Elm', OTHER, 1), holds('Oak', OTHER, 1)], `in sync: 2 servers, 1 client, digest ${OTHER}`],
    [
      [asked('Elm', standing('Elm', { links: behind })), oak],
      `in sync: 2 servers, 3 clients, digest ${DIGEST}`,
    ],
  ]
  for (const [servers, words] of cases)
    t.same(syncVerdict({ time: new Date(), servers, rounds: 1 }), { inSync: true, words })
})

t.test('servers with different cutoffs are in sync by the last comparison of their link', async (t) => {
  const [expireSeconds, step, dropped, refused] = [3_600, 56, 0, 0]
  const server = (name: string, cutoff: number, neighbour: string, equal: boolean): ProbedServer => {
    const links = [upLink(neighbour, { lastComparison: { secondsAgo: 2, equal } })]
    const digest = name.repeat(8).slice(0, 16)
    const expiry = cutoff === 0 ? undefined : { expireSeconds, cutoff, step, dropped, refused }
    return asked(name, standing(name, { digest, links, expiry }))
  }
  const verdict = (...servers: ProbedServer[]) => syncVerdict({ time: new Date(), servers, rounds: 1 })
  const words =
    'in sync: 3 servers, by the last comparisons of their links, as reports expire at different times'
  t.same(
    verdict(server('Elm', 0, 'Oak', false), server('Ash', 9, 'Oak', true), server('Oak', 5, 'Elm', true)),
    {
      inSync: true,
      words,
    },
  )
  t.match(verdict(server('Elm', 0, 'Oak', false), server('Oak', 5, 'Elm', false)), { inSync: false })
  t.match(verdict(server('Elm', 5, 'Oak', true), server('Oak', 5, 'Elm', true)), { inSync: false })
  t.match(verdict(server('Elm', 5, 'Yew', true), server('Oak', 6, 'Yew', true)), { inSync: false })
})

t.test('otherwise the verdict names the servers that differ and those that did not answer', async (t) => {
  const links = [
    upLink('Elm', { pending: 2 }),
    { neighbour: 'Yew', state: 'down' } as const,
    upLink('Oak', { pending: 5 }),
  ]
  const ash = asked('Ash', standing('Ash', { digest: OTHER, clients: 4, links }))
  const cases: [servers: ProbedServer[], rounds: number, words: string][] = [
    [[down], 1, 'Yew gave no status'],
    [[down, elm], 1, 'Yew gave no status'],
    [[elm, down, oak], 1, 'Yew gave no status; the other 2 are in sync'],
    [[elm, oak, holds('Ash', OTHER)], 1, 'digests differ: Elm and Oak (3 clients); Ash (3 clients)'],
    [
      [ash, elm, oak],
      27,
      'digests differed in each of 27 rounds: Ash (4 clients, 7 pending); Elm and Oak (3 clients)',
    ],
    [
      [elm, ash, down],
      2,
      'Yew gave no status; digests differed in each of 2 rounds: Elm (3 clients); Ash (4 clients, 7 pending)',
    ],
  ]
  for (const [servers, rounds, words] of cases)
    t.same(syncVerdict({ time: new Date(), servers, rounds }), {
      inSync: false,
      words: `not in sync: ${words}`,
    })
})

t.test('a server that is linked to nobody is isolated, unless no neighbour of it runs', async (t) => {
  const links = [{ neighbour: 'Oak', state: 'down' } as const, { neighbour: 'Yew', state: 'down' } as const]
  const alone = asked('Elm', standing('Elm', { links }))
  const verdict = (...servers: ProbedServer[]) => syncVerdict({ time: new Date(), servers, rounds: 1 })
  t.same(verdict(alone, oak), {
    inSync: false,
    words: 'not in sync: isolated, linked to no neighbour: Elm',
  })
  t.equal(verdict(alone).inSync, true)
  t.same(verdict(alone, down).words, 'not in sync: Yew gave no status')
})

t.test('servers that are all of other programs are not accused', async (t) => {
  const other = (name: string): ProbedServer => {
    const { answer, ...server } = asked(name, `${name} does not report its status`)
    return { ...server, answer: { ...answer, isOther: true } as ProbedServer['answer'] }
  }
  const servers = [other('Elm'), other('Oak')]
  t.same(syncVerdict({ time: new Date(), servers, rounds: 1 }), {
    inSync: false,
    words: 'not compared: Elm and Oak; "herd ask" compares their answers',
  })
  t.match(syncVerdict({ time: new Date(), servers: [...servers, elm], rounds: 1 }), {
    inSync: false,
    words: 'not in sync: Elm and Oak gave no status',
  })
})

t.test('servers of other programs are named, and do not count', async (t) => {
  const serving = asked(
    'Elm',
    standing('Elm', { links: [upLink('Yew', { kind: 'plain', lastComparison: null })] }),
  )
  const verdict = (...servers: ProbedServer[]) => syncVerdict({ time: new Date(), servers, rounds: 1 })
  t.same(verdict(serving, oak, down), {
    inSync: true,
    words: `in sync: 2 servers, 3 clients, digest ${DIGEST}; not compared: Yew`,
  })
  t.same(verdict(serving, holds('Oak', OTHER), down), {
    inSync: false,
    words: 'not in sync: digests differ: Elm (3 clients); Oak (3 clients); not compared: Yew',
  })
})

t.test('an engine that does not work is said, even if the digests are equal', async (t) => {
  const carrier = (name: string, link: Partial<Extract<LinkStatus, { state: 'up' }>>): ProbedServer =>
    asked(
      name,
      standing(name, { links: [upLink('nats:geo', { kind: 'engine', lastComparison: null, ...link })] }),
    )
  const cut = asked('Elm', standing('Elm', { links: [{ neighbour: 'nats:geo', state: 'down' }] }))
  const verdict = (...servers: ProbedServer[]) => syncVerdict({ time: new Date(), servers, rounds: 1 })
  t.same(verdict(carrier('Elm', {}), carrier('Oak', {})), {
    inSync: true,
    words: `in sync: 2 servers, 3 clients, digest ${DIGEST}`,
  })
  t.same(verdict(cut, carrier('Oak', { fault: 'it is full' })), {
    inSync: false,
    words: 'not in sync: the engine of Elm and Oak does not work',
  })
})
