import { readFileSync } from 'node:fs'
import t from 'tap'
import { PeerListener } from '../fixtures/peer.js'
import { Terminal } from '../fixtures/terminal.js'

t.test('--version prints the version', async (t) => {
  const terminal = new Terminal()
  t.equal(await terminal.run('--version'), 0)
  const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string }
  t.equal(terminal.stdout.text, `${version}\n`)
})

t.test('--help names every subcommand', async (t) => {
  const terminal = new Terminal()
  t.equal(await terminal.run('--help'), 0)
  for (const name of ['serve', 'herd', 'send', 'forget', 'logs', 'bench'])
    t.match(terminal.stdout.text, new RegExp(`^  ${name} `, 'm'))
})

t.test('wrong usage prints one line with a hint and ends with 2', async (t) => {
  const cases: [argv: string[], errors: RegExp][] = [
    [['bark'], /^proxyherd: unknown command 'bark'/],
    [['serve'], /^proxyherd: missing required argument 'server'/],
    [['serve', 'Clark', '--bark'], /^proxyherd: unknown option '--bark'/],
    [['serve', 'Clark', '--log', 'all'], /^proxyherd: option '--log <what>' argument 'all' is invalid/],
    [
      ['serve', 'Clark', '--max-future', 'soon'],
      /^proxyherd: --max-future: "soon" is not a time such as 500ms, 5s or 1h30m\n$/,
    ],
    [
      ['serve', 'Clark', '--max-future', ''],
      /^proxyherd: --max-future: "" is not a time such as 500ms, 5s or 1h30m\n$/,
    ],
    [
      ['send', 'Clark', '--timeout', '1e3'],
      /^proxyherd: --timeout: "1e3" is not a time such as 500ms, 5s or 1h30m\n$/,
    ],
    [['send', 'localhost:99999', 'FOO'], /^proxyherd: "localhost:99999" is not HOST:PORT: /],
    [['serve', 'Clark', '--expire', '0'], /^proxyherd: --expire: "0" is less than 60 s\n$/],
    [['herd', 'up', '--expire', '59s'], /^proxyherd: --expire: "59s" is less than 60 s\n$/],
    [['serve', 'Clark', '--expire', '-1'], /^proxyherd: --expire: "-1" is less than 60 s\n$/],
    [['serve', 'Clark', '--max-future', '-1'], /^proxyherd: --max-future: "-1" is less than 0 s\n$/],
    [
      ['herd', 'up', '--places-url', 'elsewhere'],
      /^proxyherd: --places-url: "elsewhere" is not an http or https URL\n$/,
    ],
    [['forget'], /^proxyherd: missing required argument 'client'/],
    [
      ['forget', 'kiwi', '--until', 'today'],
      /^proxyherd: --until: "today" is not a time in POSIX seconds such as 1621464827.9\n$/,
    ],
    [['forget', 'kiwi 5'], /^proxyherd: "kiwi 5" is not a client ID: it must have /],
    [['forget', 'kiwi\n'], /^proxyherd: "kiwi.*" is not a client ID: it must have /],
    [['forget', ''], /^proxyherd: "" is not a client ID: it must have /],
    [['forget', 'Zo\ufffd'], /^proxyherd: "Zo\ufffd" is not UTF-8\nproxyherd: hint: use "proxyherd send"/],
    [['forget', 'kiwi', '--server', 'localhost:0'], /^proxyherd: "localhost:0" is not HOST:PORT: /],
    [['send', 'Clark', 'FOO', '--timeout', '0'], /^proxyherd: --timeout: "0" is not more than 0 s\n$/],
  ]
  for (const [argv, errors] of cases) {
    const terminal = new Terminal()
    t.equal(await terminal.run(...argv), 2, argv.join(' '))
    t.match(terminal.stderr.text, errors)
    t.equal(terminal.stdout.text, '')
  }
})

t.test('an internal error says so, and prints its stack only with PROXYHERD_DEBUG', async (t) => {
  // A broken standard input is not handled anywhere.
  const fault = async (env: Record<string, string>): Promise<string> => {
    const terminal = new Terminal({ env })
    const listener = await PeerListener.listen()
    const sent = terminal.run('send', `127.0.0.1:${listener.port}`)
    await listener.next()
    terminal.stdin.destroy(new Error('boom'))
    t.equal(await sent, 1)
    listener.close()
    return terminal.stderr.text
  }
  const errors =
    'proxyherd: internal error: Error: boom\n' +
    'proxyherd: hint: please report this bug; PROXYHERD_DEBUG=1 prints where it happened\n'
  t.equal(await fault({}), errors)
  t.match(await fault({ PROXYHERD_DEBUG: '1' }), /^proxyherd: .*\n.*\nError: boom\n {4}at /)
})
