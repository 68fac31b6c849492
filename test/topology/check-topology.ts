import t from 'tap'
import { checkTopology, LONG_PATH_LINKS } from '../../src/topology/check-topology.js'
import { parseTopology, readTopology } from '../../src/topology/topology.js'

type Case = [servers: Record<string, string>, links: [string, string][], findings: string[]]

/** The findings for servers at `host port` or `host port listen`, as `level kind: words`. */
function findings(servers: Record<string, string>, links: [string, string][]): string[] {
  const places = Object.entries(servers).map(([name, place]) => {
    const [host, port, listen] = place.split(' ')
    return [name, { host, port: Number(port), listen }] as const
  })
  const topology = parseTopology(JSON.stringify({ servers: Object.fromEntries(places), links }), 'herd.json')
  return checkTopology(topology).findings.map(({ level, kind, words }) => `${level} ${kind}: ${words}`)
}

/** A ring of three, which has no findings about links. */
const RING: [string, string][] = [
  ['Elm', 'Oak'],
  ['Oak', 'Ash'],
  ['Ash', 'Elm'],
]

const cases: Record<string, Case> = {
  'nothing, one host': [{ Elm: '127.0.0.1 12100', Oak: '127.0.0.1 12101', Ash: '::1 12100' }, RING, []],
  'nothing, three hosts': [{ Elm: '10.0.0.1 12100', Oak: '10.0.0.2 12100', Ash: 'ash 12100' }, RING, []],
  'a single server': [
    { Elm: '10.0.0.1 12100' },
    [],
    ['warning lone-server: a herd of one server: while it is down, no server answers'],
  ],
  'a pair': [
    { Elm: '10.0.0.1 12100', Oak: '10.0.0.2 12100' },
    [['Elm', 'Oak']],
    ['warning single-link: without the link Elm–Oak, Elm is cut off from Oak'],
  ],
  'two groups, and a server without a link': [
    { Elm: 'a 2000', Oak: 'b 2000', Ash: 'c 2000', Yew: 'd 2000', Fir: 'e 2000' },
    [
      ['Elm', 'Oak'],
      ['Ash', 'Yew'],
    ],
    [
      'fault split: not connected: 3 groups without a link between them, which need links or an engine: Elm and Oak; Ash and Yew; Fir (no link)',
      'warning single-link: without the link Elm–Oak, Elm is cut off from Oak',
      'warning single-link: without the link Ash–Yew, Ash is cut off from Yew',
    ],
  ],
  'a server and links that others depend on': [
    { Hub: 'h 2000', Elm: 'a 2000', Oak: 'b 2000', Ash: 'c 2000' },
    [
      ['Hub', 'Elm'],
      ['Hub', 'Oak'],
      ['Oak', 'Ash'],
      ['Ash', 'Hub'],
    ],
    [
      'warning single-server: without Hub, Elm is cut off from Oak and Ash',
      'warning single-link: without the link Hub–Elm, Elm is cut off from Hub, Oak and Ash',
    ],
  ],
  'two rings that share a server': [
    { Elm: 'a 2000', Oak: 'b 2000', Hub: 'h 2000', Ash: 'c 2000', Yew: 'd 2000' },
    [
      ['Elm', 'Oak'],
      ['Oak', 'Hub'],
      ['Hub', 'Elm'],
      ['Hub', 'Ash'],
      ['Ash', 'Yew'],
      ['Yew', 'Hub'],
    ],
    ['warning single-server: without Hub, Elm and Oak are cut off from Ash and Yew'],
  ],
  'a star': [
    { Hub: 'h 2000', Elm: 'a 2000', Oak: 'b 2000', Ash: 'c 2000' },
    [
      ['Hub', 'Elm'],
      ['Hub', 'Oak'],
      ['Hub', 'Ash'],
    ],
    [
      'warning single-server: without Hub, these are cut off from each other: Elm; Oak; Ash',
      'warning single-link: without the link Hub–Elm, Elm is cut off from Hub, Oak and Ash',
      'warning single-link: without the link Hub–Oak, Oak is cut off from Hub, Elm and Ash',
      'warning single-link: without the link Hub–Ash, Ash is cut off from Hub, Elm and Oak',
    ],
  ],
  'an invalid host': [
    { Elm: '10.0.0.1:12100 12100', Oak: '127.0.0.1 12101', Ash: '127.0.0.1 12102' },
    RING,
    ['fault invalid-host: Elm is at "10.0.0.1:12100", which is neither an address nor a valid host name'],
  ],
  'loopback in a herd that spans hosts': [
    { Elm: '10.0.0.1 12100', Oak: '127.0.0.1 12100', Ash: 'localhost 12101' },
    RING,
    [
      'warning loopback-host: Oak and Ash: at an address that only its own machine reaches, but Elm is at 10.0.0.1',
    ],
  ],
  'a wildcard': [
    { Elm: '0.0.0.0 12100', Oak: '127.0.0.1 12101', Ash: '127.0.0.1 12102' },
    RING,
    [
      'warning wildcard-host: Elm is at 0.0.0.0: it can listen there, but a machine that dials 0.0.0.0 reaches only itself; set "listen" to "0.0.0.0" and "host" to an address at which others reach Elm',
    ],
  ],
  'nothing, servers that listen on all addresses of their hosts': [
    { Elm: '10.0.0.1 12100 0.0.0.0', Oak: '10.0.0.2 12100 0.0.0.0', Ash: 'ash 12100 ::' },
    RING,
    [],
  ],
  'nothing, tunnels on several hosts': [
    { Elm: '10.0.0.1 12100 127.0.0.1', Oak: '10.0.0.2 12100 127.0.0.1', Ash: 'ash 12100 localhost' },
    RING,
    [],
  ],
  'an invalid host to listen on': [
    { Elm: '127.0.0.1 12100 0.0.0.0:80', Oak: '127.0.0.1 12101', Ash: '10.0.0.300 12102 10.0.0.300' },
    RING,
    [
      'fault invalid-host: Elm listens on "0.0.0.0:80", which is neither an address nor a valid host name',
      'fault invalid-host: Ash is at "10.0.0.300", which is neither an address nor a valid host name',
    ],
  ],
  'servers that cannot both listen': [
    {
      Elm: 'elm 12100 10.0.0.5',
      Oak: 'oak 12100 10.0.0.5',
      Ash: 'localhost 12101 0.0.0.0',
      Yew: '127.0.0.1 12101',
      Fir: '127.0.0.2 12102 127.0.0.1',
      Box: '127.0.0.1 12102',
    },
    [...RING, ['Ash', 'Yew'], ['Yew', 'Oak'], ['Oak', 'Fir'], ['Fir', 'Yew'], ['Box', 'Elm'], ['Box', 'Oak']],
    [
      'warning loopback-host: Ash, Yew, Fir and Box: at an address that only its own machine reaches, but Elm is at elm',
      'warning same-port: Elm and Oak have the same port, 12100, on 10.0.0.5 and 10.0.0.5: only one of them can listen on one machine',
      'warning same-port: Ash and Yew have the same port, 12101, on 0.0.0.0 and 127.0.0.1: only one of them can listen on one machine',
      'warning same-port: Fir and Box have the same port, 12102, on 127.0.0.1 and 127.0.0.1: only one of them can listen on one machine',
    ],
  ],
  'one address with two names': [
    { Elm: 'localhost 12100', Oak: '127.0.0.1 12100', Ash: '127.0.0.1 12102' },
    RING,
    [
      'warning same-port: Elm and Oak have the same port, 12100, on localhost and 127.0.0.1: only one of them can listen on one machine',
    ],
  ],
  'two addresses of one machine': [
    { Elm: '127.0.0.2 12100', Oak: '127.0.0.1 12100', Ash: '::1 12100' },
    RING,
    [],
  ],
  'any port, and low ones': [
    { Elm: 'localhost 0', Oak: '127.0.0.1 0', Ash: '127.0.0.1 1023' },
    RING,
    [
      'warning any-port: Elm and Oak: port 0 is any free port, which only servers of the same "herd up" learn; clients and other processes cannot find it',
      'warning low-port: Ash: ports below 1024 are only for administrators on most systems',
    ],
  ],
  'names that differ only in case': [
    { Elm: '127.0.0.1 12100', Oak: '127.0.0.1 12101', elm: '127.0.0.1 12102' },
    [
      ['Elm', 'Oak'],
      ['Oak', 'elm'],
      ['elm', 'Elm'],
    ],
    [
      'warning same-file: Elm and elm differ only in case: on some file systems they would share their log and reports',
    ],
  ],
}

for (const [name, [servers, links, expected]] of Object.entries(cases))
  t.test(`findings: ${name}`, async (t) => {
    t.same(findings(servers, links), expected)
  })

t.test('a long list of names is shortened', async (t) => {
  const names = Array.from({ length: 9 }, (_, index) => `S${index}`)
  const servers = Object.fromEntries(names.map((name) => [name, `${name} 2000`]))
  const ring = names.slice(1).map((name, index): [string, string] => [`S${index}`, name])
  t.match(
    findings({ ...servers, Elm: 'elm 2000' }, [...ring, ['S8', 'S0'], ['S0', 'Elm']])[0],
    /^warning single-server: without S0, Elm is cut off from S1, S2, S3, S4, S5 and 3 more$/,
  )
})

t.test('a long path is a warning', async (t) => {
  const ring = (size: number): string[] => {
    const names = Array.from({ length: size }, (_, index) => `S${index}`)
    const links = names.map((name, index): [string, string] => [name, names[(index + 1) % size] as string])
    return findings(Object.fromEntries(names.map((name) => [name, `${name} 2000`])), links)
  }
  t.same(ring(2 * LONG_PATH_LINKS + 1), [])
  t.same(ring(2 * LONG_PATH_LINKS + 2), [
    'warning long-way: a report from S0 to S7 passes 7 links, each of which delays it: a few shortcuts would help',
  ])
})

t.test('unknown keys are warnings', async (t) => {
  const servers = Object.fromEntries(
    ['Elm', 'Oak', 'Ash'].map((host) => [host, { host, port: 12_100, region: 'eu' }]),
  )
  const topology = parseTopology(JSON.stringify({ servers, links: RING, 'next\u001b': 1 }), 'herd.json')
  t.same(checkTopology(topology).findings, [
    {
      level: 'warning',
      kind: 'unknown-key',
      servers: [],
      words: 'the key "next\\u001b" at the top level is unknown to this version and ignored',
    },
    {
      level: 'warning',
      kind: 'unknown-key',
      servers: ['Elm', 'Oak', 'Ash'],
      words: 'the key "region" of Elm, Oak and Ash is unknown to this version and ignored',
    },
  ])
})

t.test('linked servers of other programs with different dialects are a warning', async (t) => {
  const dialects = ['plain', 'plain', 'update', 'proxyherd', undefined]
  const names = ['Elm', 'Oak', 'Ash', 'Yew', 'Fir']
  const servers = Object.fromEntries(
    names.map((host, index) => [host, { host, port: 12_100, dialect: dialects[index] }]),
  )
  const links = names.flatMap((name, index) => names.slice(index + 1).map((other) => [name, other]))
  const found = checkTopology(parseTopology(JSON.stringify({ servers, links }), 'herd.json')).findings
  t.same(
    found.map(({ kind, words }) => `${kind}: ${words}`),
    [
      'other-dialect: Elm and Ash are linked, but have different dialects: they do not understand each other',
      'other-dialect: Oak and Ash are linked, but have different dialects: they do not understand each other',
    ],
  )
})

t.test('the built-in topology has no findings', async (t) => {
  const file = 'topology.json'
  t.same(checkTopology(await readTopology(file)).findings, [])
})
