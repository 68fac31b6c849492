import { writeFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { PersonError } from '../../src/person-error.js'
import {
  httpPortOf,
  addressOf,
  dialectOfServer,
  fingerprint,
  isLocal,
  listenAddressOf,
  neighboursOf,
  parseTopology,
  readTopology,
  type Topology,
} from '../../src/topology/topology.js'

const CLARK = { host: '127.0.0.1', port: 12_104 }
const OAK = { host: '::1', port: 12_105 }

/** Reads a topology file with this content. */
function read(t: Test, content: string | Uint8Array): Promise<Topology> {
  const folder = t.testdir()
  writeFileSync(`${folder}/herd.json`, content)
  return readTopology(`${folder}/herd.json`, 'herd.json')
}

/** A pattern that matches exactly this text. */
function escape(text: string): string {
  return text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
}

const herd = (servers: unknown, links: unknown = []): string => JSON.stringify({ servers, links })

t.test('the built-in topology is the classic herd', async (t) => {
  const topology = await readTopology('topology.json', 'the topology that ships')
  t.same([...topology.servers.keys()], ['Juzang', 'Bernard', 'Jaquez', 'Johnson', 'Clark'])
  t.same(addressOf(topology, 'Clark'), CLARK)
  t.same(
    [...topology.servers.keys()].map((name) => httpPortOf(topology, name)),
    [12_180, 12_181, 12_182, 12_183, 12_184],
  )
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
    '{"servers":': 'herd.json:1:12: a value is missing',
    '[]': 'herd.json:1:1: the topology is [], not an object with "servers" and "links"',
    '{}': 'herd.json:1:1: "servers" is missing; herd.json:1:1: "links" is missing',
    '{"servers":[],\n"links":{}}':
      'herd.json:1:2: "servers" is [], not an object with an entry for each server; herd.json:2:1: "links" is {}, not a list of links',
    '{"servers":{"Elm":7},"links":[]}': 'herd.json:1:13: "Elm" is 7, not an object with "host" and "port"',
    '{"servers":{\r\n"Elm":{"host":"h","port":"1"}},"links":[]}':
      'herd.json:2:19: "port" of "Elm" is "1", not a whole number from 0 to 65535',
    [herd({ Clark: { host: 'x' } })]: 'herd.json:1:13: "port" of "Clark" is missing',
    [herd({ Clark: { host: 'x', port: 70_000 } })]:
      'herd.json:1:33: "port" of "Clark" is 70000, not a whole number from 0 to 65535',
    [herd({ Clark: { host: 'x'.repeat(9), port: 1.5 } })]: 'herd.json:1:41: "port" of "Clark" is 1.5, not',
    [herd({ Clark: { host: ['x'.repeat(99)], port: 1 } })]:
      `herd.json:1:22: "host" of "Clark" is ["${'x'.repeat(58)}, not a host in double quotes`,
    [herd({ Clark: { ...CLARK, listen: '' } })]:
      'herd.json:1:54: "listen" of "Clark" is "", not a host in double quotes',
    [herd({ Clark: { ...CLARK, listen: 7 } })]: 'herd.json:1:54: "listen" of "Clark" is 7, not a host',
    [herd({ Clark: CLARK }, [['Clark']])]:
      'herd.json:1:65: link 1 is ["Clark"], not the names of two servers, such as ["Clark", "Jaquez"]',
    [herd({ Clark: { ...CLARK, dialect: 'french' } })]:
      'herd.json:1:54: "dialect" of "Clark": "french" is no dialect: use proxyherd, hops, plain,',
    [herd({ Clark: { ...CLARK, dialect: 'AT {client}' } })]:
      'herd.json:1:54: "dialect" of "Clark": "AT {client}" lacks {time}',
    [herd({ Clark: { ...CLARK, dialect: 7 } })]:
      'herd.json:1:54: "dialect" of "Clark": use proxyherd, the name or the line of a dialect, or {"line": …, "unterminated": "1s"}',
    [herd({ Clark: { ...CLARK, dialect: { line: 'plain', unterminated: '1m' } } })]:
      'herd.json:1:80: "dialect.unterminated" of "Clark": "1m" is not a time from 1s to 60s',
    [herd({ Clark: { ...CLARK, dialect: { line: 'plain', idle: '1s' } } })]:
      'herd.json:1:54: "dialect" of "Clark": unrecognized key: "idle"',
    [herd({})]: 'herd.json:1:2: no servers',
    [herd({ 'El m': CLARK })]: 'herd.json:1:13: "El m" is not a valid server name',
    [herd({ '../Elm': CLARK })]: 'herd.json:1:13: "../Elm" is not a valid server name',
    '{"servers":{"__proto__":{"host":"::1","port":1}},"links":[]}':
      'herd.json:1:13: "__proto__" is not a valid server name',
    [herd({ Clark: CLARK, Oak: CLARK })]:
      'herd.json:1:55: "Clark" and "Oak" have the same address, 127.0.0.1:12104',
    [herd({ Clark: CLARK, Oak: { ...CLARK, listen: '::1' } })]:
      'herd.json:1:55: "Clark" and "Oak" have the same address, 127.0.0.1:12104',
    [herd({ Clark: CLARK }, [['Clark', 'Clark']])]: 'herd.json:1:65: "Clark" is linked to itself',
    [herd({ Elm: CLARK }, [['Elm', 'Oak']])]:
      'herd.json:1:63: "Elm" is linked to "Oak", which is not a server',
    [herd({ Elm: CLARK }, [['Oak', 'Elm']])]:
      'herd.json:1:63: "Elm" is linked to "Oak", which is not a server',
    [herd({ Elm: CLARK, Oak: OAK }, [
      ['Oak', 'Elm'],
      ['Elm', 'Oak'],
    ])]: 'herd.json:1:111: "Elm" and "Oak" are linked twice',
  }
  for (const [text, message] of Object.entries(cases)) {
    const error = await read(t, text).catch((error: unknown) => error)
    t.ok(error instanceof PersonError && error.message.startsWith(message), `${String(error)}\n${message}`)
  }
})

t.test('a text that is not JSON is reported with its line and column', async (t) => {
  const cases: Record<string, string> = {
    '': '1:1: a value is missing',
    '{\n  servers: {}\n}': '2:3: servers is not valid here: keys and texts are in double quotes',
    "{'servers': {}}": "1:2: 'servers' is not valid here",
    '{"servers": {}, "links": [["é", "b" "c"]]}': '1:37: a comma is missing',
    '[1,': '1:4: a value is missing',
    '[1': '1:3: a comma or a closing bracket is missing',
    '{"servers": {}': '1:15: a comma or a closing brace is missing',
    '{"servers" {}}': '1:12: a colon is missing',
    '{,}': '1:2: a value is missing',
    '{} {}': '1:4: the text should end here',
    '{"a\tb": 1}': '1:2: a text holds a control character',
    '["C:\\x"]': '1:2: a text holds a backslash that begins no escape',
    '["\\u12"]': '1:2: a text holds \\u without four',
    '["a': '1:2: a text has no closing double quote',
    '[] /*': '1:4: a comment does not end',
    [`${'['.repeat(50_000)}${']'.repeat(50_000)}`]: '1:1: it is nested too deeply',
    ['['.repeat(50_000)]: '1:1: it is nested too deeply',
  }
  for (const [text, message] of Object.entries(cases))
    await t.rejects(read(t, text), { message: new RegExp(`^herd\\.json:${escape(message)}`) }, message)
})

t.test('a key that is used twice is an error that names it', async (t) => {
  const cases: Record<string, string> = {
    '{"servers": {\n"Elm": {},\n"Elm": {}\n}, "links": []}': '3:1: the key "Elm" is used twice, first at 2:1',
    '{"servers": {"Elm": {"port": 1, "p\\u006frt": 2}}, "links": []}':
      '1:33: the key "port" is used twice, first at 1:22',
    '{"links": [], "servers": {}, /* c */ "links": []}': '1:38: the key "links" is used twice, first at 1:2',
    '[{"__proto__": 1, "__proto__": 2}]': '1:19: the key "__proto__" is used twice',
  }
  for (const [text, message] of Object.entries(cases))
    await t.rejects(read(t, text), { message: new RegExp(`^herd\\.json:${escape(message)}`) }, message)
})

t.test('a file may have a byte order mark, comments and trailing commas', async (t) => {
  const plain = JSON.stringify({
    servers: { Elm: CLARK, Oak: { ...OAK, '"a": \\': 1 } },
    links: [['Elm', 'Oak']],
  })
  const jsonc = `// a herd\n{ "servers": { "Elm": ${JSON.stringify(CLARK)}, /* :: */\n"Oak": ${JSON.stringify(OAK)}, },
    "links": [["Elm", "Oak"],], }`
  const utf16 = Buffer.from(`\ufeff${plain}`, 'utf16le')
  for (const content of [plain, `\ufeff${plain}`, jsonc, `\ufeff${jsonc}`, utf16]) {
    const topology = await read(t, content)
    t.same([...topology.servers.keys()], ['Elm', 'Oak'])
    t.same(addressOf(topology, 'Oak'), OAK)
    t.same(topology.links, [['Elm', 'Oak']])
  }
})

t.test('a server called __proto__ is an error, also in a file with comments', async (t) => {
  const text = '{"servers":{"__proto__":{"host":"::1","port":1}},"links":[]} // c'
  await t.rejects(read(t, text), { message: /^herd\.json:1:13: "__proto__" is not a valid server name/ })
})

t.test('a text with comments is not plain JSON', async (t) => {
  t.throws(() => parseTopology('{} // c', 'herd.json'), { message: 'herd.json: not plain JSON' })
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
  await t.rejects(readTopology(`${folder}/topology.json`), {
    message: `${folder}/topology.json cannot be read: it is a folder`,
  })
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

t.test('a herd may have a name, which engines know', async (t) => {
  const named = (name: unknown): string => JSON.stringify({ name, servers: { Clark: CLARK }, links: [] })
  t.equal((await read(t, herd({ Clark: CLARK }))).name, 'default')
  t.equal((await read(t, named('Geo_1-a'))).name, 'Geo_1-a')
  for (const wrong of ['', 'a.b', 'a b', 'x'.repeat(33), 7])
    await t.rejects(read(t, named(wrong)), {
      message: `herd.json:1:2: "name" is ${JSON.stringify(wrong)}, not a name of 1 to 32 letters, digits, "-" and "_" in double quotes`,
    })
  const prints = ['default', 'geo'].map((name) => fingerprint(parseTopology(named(name), 'herd.json')))
  t.equal(prints[0], fingerprint(parseTopology(herd({ Clark: CLARK }), 'herd.json')))
  t.not(prints[0], prints[1])
})
