import t from 'tap'
import { PersonError } from '../../src/person-error.js'
import {
  addressOf,
  dialectOfServer,
  fingerprint,
  isLocal,
  listenAddressOf,
  neighboursOf,
  parseTopology,
  readTopology,
} from '../../src/topology/topology.js'

const CLARK = { host: '127.0.0.1', port: 12_104 }
const OAK = { host: '::1', port: 12_105 }

const herd = (servers: unknown, links: unknown = []): string => JSON.stringify({ servers, links })

t.test('the built-in topology is the classic herd', async (t) => {
  const topology = await readTopology('topology.json', 'the topology that ships')
  t.same([...topology.servers.keys()], ['Juzang', 'Bernard', 'Jaquez', 'Johnson', 'Clark'])
  t.same(addressOf(topology, 'Clark'), CLARK)
  const neighbours = Object.fromEntries(
    [...topology.servers.keys()].map((name) => [name, neighboursOf(topology, name).sort()]),
  )
  t.same(neighbours, {
    Juzang: ['Bernard', 'Clark', 'Johnson'],
    Bernard: ['Jaquez', 'Johnson', 'Juzang'],
    Jaquez: ['Bernard', 'Clark'],
    Johnson: ['Bernard', 'Juzang'],
    Clark: ['Jaquez', 'Juzang'],
  })
})

t.test('an error in a topology quotes the wrong value', async (t) => {
  const cases: Record<string, string> = {
    '{"servers":': 'herd.json: not JSON: ',
    '[]': 'herd.json: invalid input: expected object, received array',
    '{}': 'herd.json: "servers": invalid input: expected record, received undefined',
    [herd({ Clark: { host: 'x' } })]:
      'herd.json: "servers.Clark.port": invalid input: expected number, received undefined',
    [herd({ Clark: { host: 'x', port: 70_000 } })]: 'herd.json: "servers.Clark.port": too big',
    [herd({ Clark: { ...CLARK, listen: '' } })]: 'herd.json: "servers.Clark.listen": too small',
    [herd({ Clark: { ...CLARK, listen: 7 } })]: 'herd.json: "servers.Clark.listen": invalid input',
    [herd({ Clark: CLARK }, [['Clark']])]: 'herd.json: "links[0]',
    [herd({ Clark: { ...CLARK, dialect: 'french' } })]:
      'herd.json: "servers.Clark.dialect": "french" is no dialect: use proxyherd, hops, plain,',
    [herd({ Clark: { ...CLARK, dialect: 'AT {client}' } })]:
      'herd.json: "servers.Clark.dialect": "AT {client}" lacks {time}',
    [herd({ Clark: { ...CLARK, dialect: 7 } })]:
      'herd.json: "servers.Clark.dialect": use proxyherd, the name or the line of a dialect, or {"line": …, "unterminated": "1s"}',
    [herd({ Clark: { ...CLARK, dialect: { line: 'plain', unterminated: '1m' } } })]:
      'herd.json: "servers.Clark.dialect.unterminated": "1m" is not a time from 1s to 60s',
    [herd({ Clark: { ...CLARK, dialect: { line: 'plain', idle: '1s' } } })]:
      'herd.json: "servers.Clark.dialect": unrecognized key: "idle"',
    [herd({})]: 'herd.json: no servers',
    [herd({ 'El m': CLARK })]: 'herd.json: "El m" is not a valid server name',
    [herd({ '../Elm': CLARK })]: 'herd.json: "../Elm" is not a valid server name',
    '{"servers":{"__proto__":{"host":"::1","port":1}},"links":[]}':
      'herd.json: "__proto__" is not a valid server name',
    [herd({ Clark: CLARK, Oak: CLARK })]:
      'herd.json: "Clark" and "Oak" have the same address, 127.0.0.1:12104',
    [herd({ Clark: CLARK, Oak: { ...CLARK, listen: '::1' } })]:
      'herd.json: "Clark" and "Oak" have the same address, 127.0.0.1:12104',
    [herd({ Clark: CLARK }, [['Clark', 'Clark']])]: 'herd.json: "Clark" is linked to itself',
    [herd({ Elm: CLARK }, [['Elm', 'Oak']])]: 'herd.json: "Elm" is linked to "Oak", which is not a server',
    [herd({ Elm: CLARK }, [['Oak', 'Elm']])]: 'herd.json: "Elm" is linked to "Oak", which is not a server',
    [herd({ Elm: CLARK, Oak: OAK }, [
      ['Oak', 'Elm'],
      ['Elm', 'Oak'],
    ])]: 'herd.json: "Elm" and "Oak" are linked twice',
  }
  for (const [text, message] of Object.entries(cases)) {
    try {
      parseTopology(text, 'herd.json')
      t.fail(text)
    } catch (error) {
      t.ok(error instanceof PersonError && error.message.startsWith(message), String(error))
    }
  }
})

t.test('a server may have a dialect, by name, as a line, or with the idle time of its lines', async (t) => {
  const servers = {
    Elm: { ...CLARK, port: 1, dialect: 'proxyherd' },
    Oak: { ...CLARK, port: 2, dialect: 'visited' },
    Ash: { ...CLARK, port: 3, dialect: 'SAW {client} {position} {time}' },
    Yew: { ...CLARK, port: 4, dialect: { line: 'plain', unterminated: '2.5s' } },
    Fir: { ...CLARK, port: 5, dialect: { line: 'plain' } },
    Box: { ...CLARK, port: 6 },
  }
  const topology = parseTopology(herd(servers), 'herd.json')
  const dialects = Object.keys(servers).map((name) => dialectOfServer(topology, name))
  t.match(dialects, [
    'proxyherd',
    { template: 'AT {server} {skew} {client} {position} {time} {visited}', unterminatedMs: undefined },
    { template: 'SAW {client} {position} {time}' },
    { template: 'AT {server} {skew} {client} {position} {time}', unterminatedMs: 2_500 },
    { template: 'AT {server} {skew} {client} {position} {time}', unterminatedMs: undefined },
    undefined,
  ])
})

t.test('several servers may have port 0', async (t) => {
  const any = { host: '127.0.0.1', port: 0 }
  t.equal(parseTopology(herd({ Elm: any, Oak: any }), 'herd.json').servers.size, 2)
})

t.test('a server may listen on a different host than others reach', async (t) => {
  const servers = {
    Elm: { host: 'elm.example', port: 12_100, listen: '0.0.0.0' },
    Oak: { host: 'fe80::1%eth0', port: 12_101 },
  }
  const topology = parseTopology(herd(servers), 'herd.json')
  t.same(addressOf(topology, 'Elm'), { host: 'elm.example', port: 12_100 })
  t.same(listenAddressOf(topology, 'Elm'), { host: '0.0.0.0', port: 12_100 })
  t.same(addressOf(topology, 'Oak'), servers.Oak)
  t.same(listenAddressOf(topology, 'Oak'), servers.Oak)
})

t.test('a server is local if it listens on loopback and is reached there', async (t) => {
  const cases: [host: string, listen: string | undefined, isOnlyHere: boolean][] = [
    ['127.0.0.1', undefined, true],
    ['localhost', '::1', true],
    ['localhost', '0.0.0.0', false],
    ['elm.example', '127.0.0.1', false],
    ['elm.example', undefined, false],
  ]
  for (const [host, listen, isOnlyHere] of cases) {
    const topology = parseTopology(herd({ Elm: { host, port: 1, listen } }), 'herd.json')
    t.equal(isLocal(topology, 'Elm'), isOnlyHere, `${host} ${listen}`)
  }
})

t.test('unknown keys are listed with the servers that have them', async (t) => {
  const text = `{
    "version": 2,
    "__proto__": {},
    "servers": {
      "Elm": { "host": "::1", "port": 1, "region": "eu", "__proto__": { "port": 2 } },
      "Oak": { "host": "::1", "port": 2, "region": "us", "toString": 1, "version": 3 }
    },
    "links": [["Elm", "Oak"]]
  }`
  const topology = parseTopology(text, 'herd.json')
  t.same(topology.unknownKeys, [
    { key: 'version', servers: [] },
    { key: '__proto__', servers: [] },
    { key: 'region', servers: ['Elm', 'Oak'] },
    { key: '__proto__', servers: ['Elm'] },
    { key: 'toString', servers: ['Oak'] },
    { key: 'version', servers: ['Oak'] },
  ])
  t.same(
    [...topology.servers],
    [
      ['Elm', { host: '::1', port: 1 }],
      ['Oak', { host: '::1', port: 2 }],
    ],
  )
  t.same(parseTopology(herd({ constructor: CLARK }), 'herd.json').unknownKeys, [])
})

t.test('errors for a missing or unreadable file', async (t) => {
  const folder = t.testdir({ 'topology.json': {} })
  await t.rejects(readTopology(`${folder}/none.json`), {
    message: `${folder}/none.json does not exist`,
    hint: /--topology/,
  })
  await t.rejects(readTopology(`${folder}/topology.json`), { message: /^cannot read .*topology.json: / })
})

t.test('the error for an unknown server lists the known ones', async (t) => {
  const topology = parseTopology(herd({ Elm: CLARK, Oak: OAK }), 'herd.json')
  t.throws(() => addressOf(topology, 'Ash'), {
    message: 'herd.json has no server "Ash"',
    hint: 'it has Elm, Oak',
  })
})

t.test('servers have the same topology if names and links are the same', async (t) => {
  const parse = (servers: object, links: string[][]): string =>
    fingerprint(parseTopology(herd(servers, links), 'herd.json'))
  const print = parse({ Clark: CLARK, Oak: OAK, Elm: { ...OAK, port: 1 } }, [
    ['Clark', 'Oak'],
    ['Oak', 'Elm'],
  ])
  t.match(print, /^[0-9a-f]{8}$/)
  const alike = parse({ Oak: { ...OAK, port: 7, listen: '::' }, Elm: OAK, Clark: CLARK }, [
    ['Elm', 'Oak'],
    ['Oak', 'Clark'],
  ])
  t.equal(alike, print, 'in whatever order, and seen from whatever host')
  t.not(parse({ Clark: CLARK, Oak: OAK, Elm: { ...OAK, port: 1 } }, [['Clark', 'Oak']]), print)
})
