import t, { type Test } from 'tap'
import { Terminal, type TerminalOptions } from '../fixtures/terminal.js'

const RING = [
  ['Elm', 'Oak'],
  ['Oak', 'Ash'],
  ['Ash', 'Elm'],
]

interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs `herd check` on a herd of Elm, Oak and Ash. */
async function check(
  t: Test,
  links: string[][],
  flags: string[] = [],
  options?: TerminalOptions,
): Promise<Outcome> {
  const servers = Object.fromEntries(['Elm', 'Oak', 'Ash'].map((host) => [host, { host, port: 12_100 }]))
  const folder = t.testdir({ 'herd.json': JSON.stringify({ servers, links }) })
  const terminal = new Terminal(options)
  const code = await terminal.run('herd', 'check', '--topology', `${folder}/herd.json`, ...flags)
  const stdout = terminal.stdout.text.replaceAll(folder, '.')
  return { code, stdout, stderr: terminal.stderr.text }
}

t.test('a topology without problems', async (t) => {
  t.same(await check(t, RING), {
    code: 0,
    stdout:
      './herd.json: 3 servers, 3 links\n' +
      'connected: every server reaches every other over at most 1 link (from Elm to Ash)\n' +
      'no server is cut off when any one server or link fails\n' +
      'no problems found\n',
    stderr: '',
  })
})

t.test('warnings end with 0, and with --strict with 1', async (t) => {
  const stdout =
    './herd.json: 3 servers, 2 links\n' +
    'connected: every server reaches every other over at most 2 links (from Elm to Ash)\n' +
    'warning without Oak, Elm is cut off from Ash\n' +
    'warning without the link Elm–Oak, Elm is cut off from Oak and Ash\n' +
    'warning without the link Oak–Ash, Ash is cut off from Elm and Oak\n' +
    '0 faults, 3 warnings\n'
  t.same(await check(t, RING.slice(0, 2)), { code: 0, stdout, stderr: '' })
  t.same(await check(t, RING.slice(0, 2), ['--strict']), { code: 1, stdout, stderr: '' })
  t.match(await check(t, RING, ['--strict']), { code: 0 })
})

t.test('a fault ends with 1', async (t) => {
  t.same(await check(t, RING.slice(0, 1)), {
    code: 1,
    stdout:
      './herd.json: 3 servers, 1 link\n' +
      'fault   not connected: 2 groups without a link between them, which need links or an engine: Elm and Oak; Ash (no link)\n' +
      'warning without the link Elm–Oak, Elm is cut off from Oak\n' +
      '1 fault, 1 warning\n',
    stderr: '',
  })
})

t.test('--json prints the same findings', async (t) => {
  const { code, stdout } = await check(t, RING.slice(0, 1), ['--json'])
  t.equal(code, 1)
  t.match(stdout, /^\{.*\}\n$/)
  t.same(JSON.parse(stdout), {
    topology: './herd.json',
    servers: 3,
    links: 1,
    connected: false,
    groups: [['Elm', 'Oak'], ['Ash']],
    longestWay: ['Elm', 'Oak'],
    findings: [
      {
        level: 'fault',
        kind: 'split',
        servers: ['Elm', 'Oak', 'Ash'],
        groups: [['Elm', 'Oak'], ['Ash']],
        words:
          'not connected: 2 groups without a link between them, which need links or an engine: Elm and Oak; Ash (no link)',
      },
      {
        level: 'warning',
        kind: 'single-link',
        servers: ['Elm', 'Oak'],
        groups: [['Elm'], ['Oak']],
        words: 'without the link Elm–Oak, Elm is cut off from Oak',
      },
    ],
  })
})

t.test('a terminal shows findings in colour', async (t) => {
  const { stdout } = await check(t, RING.slice(0, 1), [], { isTTY: true, env: { TERM: 'xterm' } })
  t.match(stdout, '\n\u001b[31mfault  \u001b[39m not connected')
  t.match(stdout, '\n\u001b[33mwarning\u001b[39m without')
})

t.test('a single server, a pair, and the built-in herd', async (t) => {
  const [Elm, Oak] = ['elm', 'oak'].map((host) => ({ host, port: 12_100 }))
  const folder = t.testdir({
    'one.json': JSON.stringify({ servers: { Elm }, links: [] }),
    'pair.json': JSON.stringify({ servers: { Elm, Oak }, links: [['Elm', 'Oak']] }),
  })
  const one = new Terminal()
  t.equal(await one.run('herd', 'check', '--topology', `${folder}/one.json`), 0)
  t.match(one.stdout.text, /^.*: 1 server, 0 links\nwarning a herd of one server: .*\n0 faults, 1 warning\n$/)
  const pair = new Terminal()
  t.equal(await pair.run('herd', 'check', '--topology', `${folder}/pair.json`), 0)
  t.match(pair.stdout.text, /over at most 1 link \(from Elm to Oak\)\nwarning without the link Elm–Oak, /)
  const ours = new Terminal()
  t.equal(await ours.run('herd', 'check'), 0)
  t.match(ours.stdout.text, 'no problems found')
})

t.test('an invalid topology is an error', async (t) => {
  t.match(await check(t, [['Elm', 'Yew']]), {
    code: 1,
    stdout: '',
    stderr:
      /^proxyherd: .*herd\.json:[0-9]+:[0-9]+: "Elm" is linked to "Yew", which is not a server\n.*hint: a topology is like/,
  })
})
