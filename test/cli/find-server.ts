import t from 'tap'
import { UsageError } from '../../src/cli/exit.js'
import { findServer } from '../../src/cli/find-server.js'
import { PersonError } from '../../src/person-error.js'
import { PeerListener } from '../fixtures/peer.js'
import { Terminal } from '../fixtures/terminal.js'

t.test('a server is named as in the topology, or as HOST:PORT', async (t) => {
  const cases: Record<string, [host: string, port: number]> = {
    Clark: ['127.0.0.1', 12_104],
    'localhost:1': ['localhost', 1],
    'elm.example:65535': ['elm.example', 65_535],
    '127.0.0.1:00080': ['127.0.0.1', 80],
    '[::1]:12100': ['::1', 12_100],
    '[fe80::1%eth0]:12100': ['fe80::1%eth0', 12_100],
  }
  for (const [server, [host, port]] of Object.entries(cases))
    t.same(await findServer(server, 'topology.json'), { host, port }, server)
})

t.test('anything else with a colon is a usage error', async (t) => {
  const port = ': a port is a whole number from 1 to 65535'
  const cases: Record<string, [why: string, hint?: string]> = {
    'localhost:': [port],
    'localhost:0': [port],
    'localhost:65536': [port],
    'localhost:99999': [port],
    'localhost:123456': [port],
    'localhost:-1': [port],
    'localhost:1e3': [port],
    'localhost:0x10': [port],
    'localhost: 12100': [port],
    'localhost:http': [port],
    '[::1]:': [port],
    ':12100': [': "" is neither an address nor a host name'],
    '[]:12100': [': "" is neither an address nor a host name'],
    'el m:12100': [': "el m" is neither an address nor a host name'],
    '1.2.3:12100': [': "1.2.3" is neither an address nor a host name'],
    '::1:12100': ['', 'put an IPv6 address in brackets, as in [::1]:12100'],
    '[::1]': [''],
    'http://localhost:12100': [''],
  }
  for (const [server, [why, hint]] of Object.entries(cases)) {
    const error = await findServer(server, undefined).catch((error: unknown) => error)
    t.ok(error instanceof UsageError, server)
    t.match(error, { message: `"${server}" is not HOST:PORT${why}`, hint })
  }
})

t.test('a name must be that of a server with a fixed port', async (t) => {
  const servers = { Elm: { host: 'elm', port: 0 }, Oak: { host: 'oak', port: 1 } }
  const file = `${t.testdir({ 'herd.json': JSON.stringify({ servers, links: [] }) })}/herd.json`
  await t.rejects(findServer('Elm', file), {
    message: `Elm has no fixed port in ${file}`,
    hint: '"proxyherd herd up" prints where it listens: name it as HOST:PORT',
  })
  const error = await findServer('Ash', file).catch((error: unknown) => error)
  t.ok(error instanceof PersonError && !(error instanceof UsageError))
  t.match(error, { message: `${file} has no server "Ash"`, hint: 'it has Elm, Oak' })
})

t.test(
  'the hint for a server that does not run suggests to start it, but not to start an address',
  async (t) => {
    const gone = await PeerListener.listen()
    const { port } = gone
    gone.close()
    const at = `127.0.0.1:${port}`
    const servers = { Elm: { host: '127.0.0.1', port } }
    const file = `${t.testdir({ 'herd.json': JSON.stringify({ servers, links: [] }) })}/herd.json`
    const cases = {
      Elm:
        `proxyherd: nobody listens on ${at}, so Elm cannot answer\n` +
        'proxyherd: hint: start it with "proxyherd serve Elm", or all servers with "proxyherd herd up"\n',
      [at]: `proxyherd: nobody listens on ${at}\n`,
    }
    for (const [server, stderr] of Object.entries(cases)) {
      const terminal = new Terminal()
      t.equal(await terminal.run('send', server, 'WHATSAT kiwi 10 0', '--topology', file), 1)
      t.equal(terminal.stderr.text, stderr)
    }
  },
)
