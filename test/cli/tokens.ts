import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { networkInterfaces } from 'node:os'
import t, { type Test } from 'tap'
import { selfSigned } from '../fixtures/certificate.js'
import { freePort, freePorts } from '../fixtures/files.js'
import { Peer } from '../fixtures/peer.js'
import { Terminal } from '../fixtures/terminal.js'
import { TestTokens } from '../fixtures/tokens.js'
import { send } from '../fixtures/web-herd.js'

const RIGHTS = { admin: 'report:*,read:*,status', monitor: 'status' }

interface Place {
  readonly folder: string
  readonly flags: readonly string[]
  readonly tokens: TestTokens
  readonly port: number
  readonly http: number
}

/** A folder with a topology of Elm, which listens on `listen`, with tokens and a certificate. */
async function place(t: Test, listen?: string): Promise<Place> {
  const { servers } = await freePorts({ servers: ['Elm'], links: [] })
  const { port = 0 } = servers.get('Elm') ?? {}
  const http = await freePort()
  const tokens = new TestTokens(RIGHTS)
  const { cert, key } = await selfSigned()
  const folder = t.testdir({
    'herd.json': JSON.stringify({ servers: { Elm: { host: '127.0.0.1', port, http, listen } }, links: [] }),
    tokens: tokens.file(RIGHTS),
    'cert.pem': cert,
    'key.pem': key,
  })
  for (const file of ['tokens', 'key.pem']) chmodSync(`${folder}/${file}`, 0o600)
  const flags = ['--topology', `${folder}/herd.json`, '--state', `${folder}/state`, '--no-store']
  return { folder, flags, tokens, port, http }
}

function bearer(token: string): { headers: Record<string, string> } {
  return { headers: { authorization: `Bearer ${token}` } }
}

/** Runs a server during an action. */
async function during(
  argv: readonly string[],
  act: (terminal: Terminal) => Promise<void>,
): Promise<Terminal> {
  const terminal = new Terminal()
  const ended = terminal.run(...argv)
  await Promise.race([terminal.stdout.shows('log in'), ended])
  await act(terminal)
  terminal.interrupt()
  await ended
  return terminal
}

t.test('--tokens asks for tokens on every port', async (t) => {
  const { folder, flags, tokens, port, http } = await place(t)
  const server = await during(['serve', 'Elm', ...flags, '--tokens', `${folder}/tokens`], async () => {
    t.equal((await send(http, 'GET /v1/herd', {})).status, 401)
    t.match((await send(http, 'GET /v1/herd', bearer(tokens.of('monitor')))).json, {
      servers: [{ up: true }],
    })
    const peer = await Peer.connect(port)
    peer.write(`IAMAT kiwi +1+2 5\nAUTH ${tokens.of('admin')}\nIAMAT kiwi +1+2 5\n`)
    peer.end()
    t.match(await peer.closed, /^\? IAMAT .*\nAUTH admin\nAT Elm .*\n$/)
  })
  t.equal(server.stderr.text, '')
})

t.test('a reload gives tokens other rights, and revokes those that are missing', async (t) => {
  const { folder, flags, tokens, port, http } = await place(t)
  const file = `${folder}/tokens`
  const reloads = async (server: Terminal, text: string, said: string): Promise<void> => {
    writeFileSync(file, text)
    const before = server.stdout.text.length
    server.reload()
    while (!server.stdout.text.slice(before).includes(said)) await server.stdout.shows(said)
  }
  const server = await during(['serve', 'Elm', ...flags, '--tokens', file], async (server) => {
    const peer = await Peer.connect(port)
    const report = async (): Promise<string> => {
      peer.write('IAMAT kiwi +1+2 5\n')
      return peer.read()
    }
    peer.write(`AUTH ${tokens.of('admin')}\n`)
    t.equal(await peer.read(), 'AUTH admin\n')
    t.match(await report(), /^AT Elm /)
    await reloads(server, `${tokens.file(RIGHTS)}wrong\n`, 'reloaded log files')
    t.match(server.stderr.text, `cannot reload the tokens, so nothing changes: ${file}, line 4: `)
    t.match(await report(), /^AT Elm /)
    await reloads(server, tokens.file({ monitor: RIGHTS.monitor }), 'reloaded tokens and log files')
    t.match(await report(), /^\? IAMAT /)
    t.equal((await send(http, 'GET /v1/herd', bearer(tokens.of('monitor')))).status, 200)
    peer.destroy()
  })
  t.notMatch(server.stderr.text, tokens.of('admin'))
  const log = readFileSync(`${folder}/state/logs/Elm.log`, 'utf8')
  t.notMatch(log, tokens.of('admin'))
  t.match(log, /"kind":"token","what":"accepted"/)
})

t.test('with tokens, HTTP listens beyond loopback', async (t) => {
  const { folder, flags, tokens, http } = await place(t, '0.0.0.0')
  const file = ['--tokens', `${folder}/tokens`]
  const tls = ['--tls-cert', `${folder}/cert.pem`, '--tls-key', `${folder}/key.pem`]
  const outside = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ family, internal }) => family === 'IPv4' && !internal)
  const status = async (): Promise<number> => {
    const { headers } = bearer(tokens.of('admin'))
    const options = { headers: { ...headers, host: 'any.example' } }
    return (await send(http, 'GET /v1/clients', options, outside?.address)).status
  }
  const warned = /^proxyherd: tokens from other machines are refused[^]*--insecure-tokens\n/m
  const plain = await during(['serve', 'Elm', ...flags, ...file], async () => {
    if (outside) t.equal(await status(), 401)
  })
  t.match(plain.stderr.text, warned)
  for (const more of [['--insecure-tokens'], tls]) {
    const server = await during(['serve', 'Elm', ...flags, ...file, ...more], async () => {
      if (outside) t.equal(await status(), more === tls ? 401 : 200)
    })
    t.notMatch(server.stderr.text, warned)
  }
})

t.test('what is wrong with tokens and origins is an error at the start', async (t) => {
  const { folder, flags } = await place(t)
  writeFileSync(`${folder}/wrong`, 'a b c\n', { mode: 0o600 })
  const cases: [argv: string[], code: number, errors: RegExp][] = [
    [['--tokens', `${folder}/none`], 1, /none cannot be read: there is no such file/],
    [['--tokens', `${folder}/wrong`], 1, /wrong, line 1: "b" is not sha256:/],
    [['--insecure-tokens'], 2, /^proxyherd: --insecure-tokens needs --tokens\n/],
    [
      ['--http-origin', 'https://a.example', '--http-origin', 'x'],
      2,
      /^proxyherd: --http-origin: "x" is not a web site/,
    ],
    [['--http-origin', 'https://a.example/'], 2, /^proxyherd: --http-origin: "https:\/\/a.example\/" is not/],
    [['--http-origin', 'ftp://a.example'], 2, /^proxyherd: --http-origin: /],
    [['--http-origin', 'https:'], 2, /^proxyherd: --http-origin: /],
  ]
  for (const [argv, code, errors] of cases) {
    const terminal = new Terminal()
    t.equal(await terminal.run('serve', 'Elm', ...flags, ...argv), code)
    t.match(terminal.stderr.text, errors)
  }
})

t.test('--http-origin names sites whose pages may use HTTP', async (t) => {
  const { flags, http } = await place(t)
  const origins = ['https://a.example', 'https://b.example:8443']
  const named = origins.flatMap((origin) => ['--http-origin', origin])
  await during(['serve', 'Elm', ...flags, ...named], async () => {
    for (const origin of origins)
      t.equal((await send(http, 'GET /v1/clients', { headers: { origin } })).status, 200)
    t.equal((await send(http, 'GET /v1/clients', { headers: { origin: 'https://c.example' } })).status, 403)
  })
})
