import { chmodSync } from 'node:fs'
import t, { type Test } from 'tap'
import { clientToken, warnOfExposure } from '../../src/cli/client-token.js'
import { newToken } from '../../src/net/tokens.js'
import { selfSigned } from '../fixtures/certificate.js'
import { topologyFile } from '../fixtures/files.js'
import { TestHerd } from '../fixtures/herd.js'
import { PeerListener } from '../fixtures/peer.js'
import { Screen, Terminal } from '../fixtures/terminal.js'
import { TestTokens } from '../fixtures/tokens.js'

const RIGHTS = { bench: 'report:*,read:*,status', trucks: 'report:truck-*', monitor: 'status' }

interface Place {
  readonly herd: TestHerd
  readonly tokens: TestTokens
  /** Names the file with a token. */
  readonly file: (name: string) => string[]
  readonly topology: string[]
  readonly ca: string
}

async function place(t: Test): Promise<Place> {
  const tokens = new TestTokens(RIGHTS)
  const certificate = await selfSigned()
  const { authorization } = tokens
  const herd = await TestHerd.start(t, { authorization, security: { certificate } })
  const servers = herd.addresses
  const folder = t.testdir({
    'topology.json': topologyFile({ servers, links: [] }),
    'ca.pem': certificate.cert,
    ...Object.fromEntries(Object.keys(RIGHTS).map((name) => [name, `${tokens.of(name)}\n`])),
    wrong: newToken(),
  })
  for (const name of [...Object.keys(RIGHTS), 'wrong']) chmodSync(`${folder}/${name}`, 0o600)
  return {
    herd,
    tokens,
    file: (name) => ['--token-file', `${folder}/${name}`],
    topology: ['--topology', `${folder}/topology.json`],
    ca: `${folder}/ca.pem`,
  }
}

t.test('send shows a token of a file or of the environment', async (t) => {
  const { tokens, file, topology, ca } = await place(t)
  const report = 'IAMAT truck-7 +34-118 5'
  const env = { PROXYHERD_TOKEN: ` ${tokens.of('trucks')}\n` }
  const cases: [argv: string[], env: Record<string, string>, code: number, output: RegExp, errors: RegExp][] =
    [
      [[report], {}, 1, /^\? IAMAT/, /./],
      [[report, ...file('trucks')], {}, 0, /^AT Clark /, /^$/],
      [[report, ...file('trucks'), '--tls', '--ca', ca], {}, 0, /^AT Clark /, /^$/],
      [[report], env, 0, /^AT Clark /, /^$/],
      [[report, ...file('monitor')], env, 1, /^\? IAMAT/, /./],
      [
        [report, ...file('wrong')],
        {},
        1,
        /^$/,
        /^proxyherd: Clark refuses the token\nproxyherd: hint: servers take/,
      ],
      [['AUTH x', '--json'], {}, 1, /"command":"AUTH"/, /hint: Clark does not know this token/],
      [[`AUTH ${tokens.of('trucks')}`, '--json'], {}, 0, /^\{"kind":"auth","token":"trucks"\}\n$/, /^$/],
    ]
  for (const [argv, env, code, output, errors] of cases) {
    const terminal = new Terminal({ env })
    t.equal(await terminal.run('send', 'Clark', ...argv, ...topology), code, argv.join(' '))
    t.match(terminal.stdout.text, output)
    t.match(terminal.stderr.text, errors)
  }
})

t.test('herd ask shows it, too', async (t) => {
  const { herd, file, topology } = await place(t)
  const [name = ''] = herd.addresses.keys()
  for (const [argv, code] of [
    [[], 1],
    [file('bench'), 0],
    [file('monitor'), 1],
  ] as const) {
    const asked = new Terminal()
    t.equal(await asked.run('herd', 'ask', 'NEAR +34-118 5 10', name, ...argv, ...topology), code)
    t.match(asked.stdout.text, code === 0 ? 'no client' : '? NEAR')
  }
})

t.test('bench and herd status show it, too', async (t) => {
  const { file, topology } = await place(t)
  const options = ['--clients', '20', '--connections', '2', '--seconds', '0.05', '--warm-up', '0', '--yes']
  for (const more of [[], ['--one-shot']]) {
    const bench = new Terminal()
    t.equal(
      await bench.run('bench', ...options, ...more, ...file('bench'), ...topology),
      0,
      bench.stderr.text,
    )
  }
  const refused = new Terminal()
  t.equal(await refused.run('bench', ...options, ...file('wrong'), ...topology), 1)
  t.match(refused.stderr.text, 'refuses the token')
  const asked = new Terminal()
  t.equal(await asked.run('bench', ...options.slice(0, -1), ...file('bench'), ...topology), 0)
  const status = new Terminal()
  t.equal(await status.run('herd', 'status', ...file('monitor'), ...topology), 0)
  t.match(status.stdout.text, 'in sync')
})

t.test('what is no token is refused without being shown, and never an argument', async (t) => {
  const folder = t.testdir({ two: 'a b', open: newToken() })
  chmodSync(`${folder}/open`, 0o644)
  chmodSync(`${folder}/two`, 0o600)
  const stderr = new Screen(false)
  await t.rejects(clientToken(`${folder}/two`, { env: {}, stderr }), {
    message: `${folder}/two must hold a token and nothing else`,
  })
  await t.rejects(clientToken(undefined, { env: { PROXYHERD_TOKEN: 'x' }, stderr }), {
    message: 'PROXYHERD_TOKEN is not a token',
  })
  t.equal(await clientToken(undefined, { env: {}, stderr }), undefined)
  t.equal(stderr.text, '')
  await clientToken(`${folder}/open`, { env: {}, stderr })
  t.match(stderr.text, /other users have access to/)
  const terminal = new Terminal()
  t.equal(await terminal.run('send', 'Clark', '--token', 'x'), 2)
})

t.test('a token that others can read on its way is warned of', async (t) => {
  const access = { server: 'Clark', address: { host: '192.0.2.1', port: 1 }, token: 'x' }
  const cases: [more: object, isWarned: boolean][] = [
    [{}, true],
    [{ token: undefined }, false],
    [{ tls: { ca: undefined } }, false],
    [{ keys: {} }, false],
    [{ address: { host: 'localhost', port: 1 } }, false],
  ]
  for (const [more, isWarned] of cases) {
    const stderr = new Screen(false)
    warnOfExposure([{ ...access, ...more }], { stderr })
    t.equal(stderr.text.startsWith('proxyherd: the token goes to Clark without TLS'), isWarned)
  }
})

t.test('servers of other programs, and those that accept TLS only, are told apart', async (t) => {
  const { file } = await place(t)
  const answers: [answer: string, code: number, errors: RegExp][] = [
    ['? this server accepts TLS only\n', 1, /accepts TLS only\nproxyherd: hint: connect with --tls/],
    ['HTTP/1.1 400 Bad Request\r\n', 1, /is not a herd server: it does not answer AUTH as one/],
  ]
  for (const [answer, code, errors] of answers) {
    const listener = await PeerListener.listen()
    const terminal = new Terminal()
    const sent = terminal.run('send', `127.0.0.1:${listener.port}`, 'WHATSAT kiwi 1 1', ...file('monitor'))
    const peer = await listener.next()
    await peer.read()
    peer.write(answer)
    t.equal(await sent, code)
    t.match(terminal.stderr.text, errors)
    listener.close()
  }
  const listener = await PeerListener.listen()
  const terminal = new Terminal()
  const sent = terminal.run('send', `127.0.0.1:${listener.port}`, 'FOO', ...file('monitor'))
  const peer = await listener.next()
  peer.write(`? ${await peer.read()}`)
  peer.write(`? ${await peer.read()}`)
  t.equal(await sent, 1)
  t.equal(terminal.stdout.text, '? FOO\n')
  listener.close()
})
