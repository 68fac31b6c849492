import t from 'tap'
import type { ProbedServer } from '../../src/cli/herd-probe.js'
import { formatProbe } from '../../src/cli/format-probe.js'
import type { AnyLinkStatus } from '../../src/net/status-probe.js'
import type { Topology } from '../../src/topology/topology.js'
import { anyPorts } from '../fixtures/herd.js'
import { asked, DIGEST, standing, upLink } from '../fixtures/status.js'

const PAIR = anyPorts({ servers: ['Elm', 'Oak'], links: [['Elm', 'Oak']] })

const DOWN = { state: 'down' } as const

/** The non-empty lines of a probe result. */
function shown(servers: readonly ProbedServer[], topology: Topology = PAIR, isColoured = false): string[] {
  const text = formatProbe({ time: new Date(), servers, rounds: 1 }, topology, isColoured)
  return text.split('\n').filter((line) => line !== '')
}

/** The rows of links only. */
function links(servers: readonly ProbedServer[], topology?: Topology): string[] {
  const lines = shown(servers, topology)
  return lines.slice(lines.findIndex((line) => line.startsWith('Link ')) + 1, -1)
}

t.test('servers, links, and whether all are in sync', async (t) => {
  const elm = standing('Elm', {
    clients: 12_345,
    links: [upLink('Oak', { pending: 7, lastHeardSecondsAgo: 0.25 })],
  })
  const oak = standing('Oak', {
    clients: 12_345,
    uptimeSeconds: 100_000,
    links: [upLink('Elm', { sentBytes: 2_600, lastHeardSecondsAgo: 1.5 })],
  })
  t.same(shown([asked('Elm', elm), asked('Oak', oak)]), [
    'Server  Address         Up for  Clients  Digest            Links  Disk    Memory',
    `Elm     10.0.0.1:12100  1m 30s  12345    ${DIGEST}  1/1    second  41 kB`,
    `Oak     10.0.0.1:12100  1d 3h   12345    ${DIGEST}  1/1    second  41 kB`,
    'Link     Up since  Last received  Pending → / ←  Bytes → / ←',
    'Elm–Oak  1m ago    1s ago         7 / 0          1.5 kB / 2.6 kB',
    `in sync: 2 servers, 12345 clients, digest ${DIGEST}`,
  ])
})

t.test('a server that does not answer', async (t) => {
  const elm = standing('Elm', { links: [{ neighbour: 'Oak', ...DOWN }] })
  t.same(shown([asked('Elm', elm), asked('Oak', 'nobody listens on 10.0.0.1:12100, so Oak cannot answer')]), [
    'Server  Address         Up for     Clients  Digest            Links  Disk    Memory',
    `Elm     10.0.0.1:12100  1m 30s     3        ${DIGEST}  0/1    second  41 kB`,
    'Oak     10.0.0.1:12100  no status',
    'Link     Up since  Last received  Pending → / ←  Bytes → / ←',
    'Elm–Oak  down',
    'nobody listens on 10.0.0.1:12100, so Oak cannot answer',
    'not in sync: Oak gave no status',
  ])
  t.same(shown([asked('Oak', 'it is away')]).slice(1), [
    'Oak     10.0.0.1:12100  no status',
    'it is away',
    'not in sync: Oak gave no status',
  ])
})

t.test('what is the same for several servers is said once', async (t) => {
  const [elm, oak] = ['Elm', 'Oak'].map((name) => {
    const { answer, ...server } = asked(name, `${name} does not report its status`)
    return { ...server, answer: { ...answer, isOther: true } as typeof answer }
  })
  if (!elm || !oak) return
  t.same(shown([elm, oak]).slice(3), [
    'Elm and Oak do not report their status: they are not proxyherd, or older versions, or report only to clients that have their herd key or run on the host of a neighbour',
    'not compared: Elm and Oak; "herd ask" compares their answers',
  ])
  t.same(shown([elm]).slice(2), [
    'Elm does not report its status',
    'not compared: Elm; "herd ask" compares their answers',
  ])
})

t.test('a server of another program is not compared', async (t) => {
  const elm = standing('Elm', { links: [upLink('Oak', { kind: 'plain', lastComparison: null })] })
  t.same(shown([asked('Elm', elm), asked('Oak', 'Oak gave no answer')]), [
    'Server  Address         Up for                  Clients  Digest            Links  Disk    Memory',
    `Elm     10.0.0.1:12100  1m 30s                  3        ${DIGEST}  1/1    second  41 kB`,
    'Oak     10.0.0.1:12100  not compared (classic)',
    'Link     Up since        Last received  Pending → / ←  Bytes → / ←',
    'Elm–Oak  1m ago (plain)  500ms ago      0 / ?          1.5 kB / 2.5 kB',
    `in sync: 1 server, 3 clients, digest ${DIGEST}; not compared: Oak`,
  ])
})

t.test('a link whose ends report different states', async (t) => {
  const elm = (...links: AnyLinkStatus[]): ProbedServer => asked('Elm', { ...standing('Elm'), links })
  const oak = (...links: AnyLinkStatus[]): ProbedServer => asked('Oak', { ...standing('Oak'), links })
  const of010 = (neighbour: string, upSince: string, lastHeardSecondsAgo = 0.5): AnyLinkStatus => ({
    ...(upLink(neighbour, { upSince, lastHeardSecondsAgo }) as Extract<AnyLinkStatus, { state: 'up' }>),
    upSeconds: undefined,
  })
  const cases: Record<string, [servers: ProbedServer[], row: string]> = {
    'one end alone': [
      [elm(upLink('Oak'))],
      'Elm–Oak  1m ago    500ms ago      0 / ?          1.5 kB / 2.5 kB',
    ],
    'the other end alone': [
      [oak(upLink('Elm'))],
      'Elm–Oak  1m ago    500ms ago      ? / 0          2.5 kB / 1.5 kB',
    ],
    'a neighbour of another kind': [
      [elm(upLink('Oak', { kind: 'plain' }))],
      'Elm–Oak  1m ago (plain)  500ms ago      0 / ?          1.5 kB / 2.5 kB',
    ],
    'down at one end': [
      [elm(upLink('Oak')), oak({ neighbour: 'Elm', ...DOWN })],
      'Elm–Oak  down at Oak  500ms ago      0 / ?          1.5 kB / 2.5 kB',
    ],
    'down at both': [
      [elm({ neighbour: 'Oak', ...DOWN }), oak({ neighbour: 'Elm', ...DOWN })],
      'Elm–Oak  down',
    ],
    'unknown to one': [[elm({ neighbour: 'Oak', ...DOWN }), oak()], 'Elm–Oak  down at Elm, unknown to Oak'],
    'unknown to the one that answers': [[elm()], 'Elm–Oak  unknown to Elm'],
    'up for longer at one end, by its own clock': [
      [elm(upLink('Oak')), oak(upLink('Elm', { upSeconds: 59 }))],
      'Elm–Oak  59s ago   500ms ago      0 / 0          1.5 kB / 1.5 kB',
    ],
    'of version 0.1.0': [
      [elm(of010('Oak', '2026-11-24T10:00:32.000Z')), oak(of010('Elm', '2026-11-24T10:00:33.000Z'))],
      'Elm–Oak  57s ago   500ms ago      0 / 0          1.5 kB / 1.5 kB',
    ],
    'of version 0.1.0 whose clock was set back': [
      [elm(of010('Oak', '2026-11-24T11:00:00.000Z', -1))],
      'Elm–Oak  0ms ago   0ms ago        0 / ?          1.5 kB / 2.5 kB',
    ],
  }
  for (const [name, [servers, row]] of Object.entries(cases)) t.same(links(servers), [row], name)
})

t.test('servers of several versions, and a link in a state of a later version', async (t) => {
  const later = (neighbour: string, stateWord: string): AnyLinkStatus => ({
    neighbour,
    state: 'other',
    stateWord,
  })
  const elm = standing('Elm', { links: [upLink('Oak')] })
  const oak = { ...standing('Oak', { version: '9.0.0' }), links: [later('Elm', 'draining')] }
  t.same(shown([asked('Elm', elm), asked('Oak', oak), asked('Yew', 'it is away')]).slice(0, 6), [
    'Server  Address         Up for     Clients  Digest            Links  Disk    Memory  Version',
    `Elm     10.0.0.1:12100  1m 30s     3        ${DIGEST}  1/1    second  41 kB   0.1.0`,
    `Oak     10.0.0.1:12100  1m 30s     3        ${DIGEST}  0/1    second  41 kB   9.0.0`,
    'Yew     10.0.0.1:12100  no status',
    'Link     Up since         Last received  Pending → / ←  Bytes → / ←',
    'Elm–Oak  draining at Oak  500ms ago      0 / ?          1.5 kB / 2.5 kB',
  ])
  const cases: Record<string, [links: AnyLinkStatus[], ratio: string, row: RegExp]> = {
    'another state': [[later('Elm', 'draining')], '0/1', /^Elm–Oak +draining at Oak$/],
    'up, without figures': [[later('Elm', 'up')], '1/1', /^Elm–Oak +up at Oak$/],
    'another kind': [
      [{ ...(upLink('Elm') as Extract<AnyLinkStatus, { state: 'up' }>), kind: 'nats' }],
      '1/1',
      /^Elm–Oak +1m ago \(nats\) /,
    ],
  }
  for (const [name, [reported, ratio, row]] of Object.entries(cases)) {
    const servers = [asked('Oak', { ...standing('Oak'), links: reported })]
    t.match(shown(servers)[1], ` ${ratio}`, name)
    t.match(links(servers)[0], row, name)
  }
})

t.test('links of servers that were started with another topology', async (t) => {
  const alone = anyPorts({ servers: ['Elm', 'Oak'], links: [] })
  const elm = asked('Elm', standing('Elm', { links: [upLink('Oak'), { neighbour: 'Ash', ...DOWN }] }))
  const oak = asked('Oak', standing('Oak', { links: [upLink('Elm')] }))
  t.match(links([elm, oak], alone), [/^Elm–Oak +1m ago/, /^Elm–Ash +down$/])
  t.match(shown([asked('Elm', standing('Elm'))], alone), [
    /^Server/,
    /^Elm .* 0\/0 +second +41 kB$/,
    /^in sync: 1 server/,
  ])
})

t.test('on a terminal, problems are red and success is green', async (t) => {
  const elm = (links: ReturnType<typeof upLink>[]): ProbedServer => asked('Elm', standing('Elm', { links }))
  const text = (servers: ProbedServer[]): string => shown(servers, PAIR, true).join('\n')
  t.match(text([elm([upLink('Oak')])]), '\u001b[32min sync: 1 server')
  const wrong = text([elm([{ neighbour: 'Oak', ...DOWN }]), asked('Oak', 'it is away')])
  for (const words of ['0/1', 'no status', 'down', 'not in sync'])
    t.match(wrong, new RegExp(`\u001b\\[31m${words}`), words)
  const memory = { bytes: 64_000_000, maxBytes: 64_000_000, refused: 0, tombstones: 0 }
  const full = text([asked('Elm', standing('Elm', { memory }))])
  t.match(full, '\u001b[31m64 MB full')
  t.match(full, 'Elm and its neighbours refuse new clients')
})

t.test('what is wrong with an engine is said in a line', async (t) => {
  const full = { kind: 'engine', inSync: null, fault: 'its stream stores no reports:\u001b[1m' } as const
  const servers = [
    asked('Elm', standing('Elm', { links: [upLink('nats:geo', full)] })),
    asked('Oak', standing('Oak', { links: [{ neighbour: 'nats:geo', ...DOWN }] })),
    asked(
      'Yew',
      standing('Yew', { links: [{ neighbour: 'nats:geo', ...DOWN, fault: 'nobody listens there' }] }),
    ),
  ]
  t.same(shown(servers, { ...PAIR, links: [] }).slice(4), [
    'Link          Up since         Last received  Pending → / ←  Bytes → / ←',
    'Elm–nats:geo  1m ago (engine)  500ms ago      0 / ?          1.5 kB / 2.5 kB',
    'Oak–nats:geo  down',
    'Yew–nats:geo  down',
    'the engine of Elm: its stream stores no reports:\\x1b[1m',
    'the engine of Oak: no connection yet',
    'the engine of Yew: nobody listens there',
    'not in sync: the engine of Elm, Oak and Yew does not work',
  ])
})

t.test('servers that let reports expire at different times are named', async (t) => {
  const expiry = { expireSeconds: 3_600, cutoff: 5_000, step: 56, dropped: 0, refused: 0 }
  const end = (neighbour: string, cutoff: number, differs: boolean) =>
    upLink(neighbour, { expiry: { cutoff, step: 56, differs } })
  const servers = [
    asked('Elm', standing('Elm', { expiry, links: [end('Oak', 0, false), end('Yew', 4_400, true)] })),
    asked('Oak', standing('Oak', { links: [end('Elm', 5_000, true)] })),
  ]
  t.same(shown(servers).slice(-3, -1), [
    'Elm: reports expire 600 s later at Yew than here: its clock or its --expire differs',
    'Oak: reports expire at Elm that are kept here, without --expire',
  ])
})
