import t, { type Test } from 'tap'
import { anyPorts, CAFE, TestHerd } from '../fixtures/herd.js'
import { PeerListener } from '../fixtures/peer.js'
import { send } from '../fixtures/send.js'
import { Terminal } from '../fixtures/terminal.js'

const IAMAT = 'IAMAT kiwi +34-118 1621464828'
const AT = 'AT Clark +0.223371889 kiwi +34-118 1621464828'

/** A herd of Clark alone, and its address. */
async function clark(t: Test): Promise<string> {
  const herd = await TestHerd.start(t, { topology: anyPorts({ servers: ['Clark'], links: [] }) })
  return `127.0.0.1:${herd.port('Clark')}`
}

t.test('replies, and nothing else, go to standard output as they arrive', async (t) => {
  const at = await clark(t)
  const whatsat = 'WHATSAT kiwi 10 5'
  const cases: [commands: string[], replies: string][] = [
    [[IAMAT], `${AT}\n`],
    [[whatsat], `${AT}\n${CAFE}\n\n`],
    [[IAMAT, whatsat], `${AT}\n${AT}\n${CAFE}\n\n`],
    [[`${IAMAT}\n${whatsat}\n`], `${AT}\n${AT}\n${CAFE}\n\n`],
    [['NEAR +34-118 5 10'], `${AT}\n\n`],
    [['IAMAT Zoë +34-118 1621464828'], 'AT Clark +0.223371889 Zoë +34-118 1621464828\n'],
  ]
  for (const [commands, stdout] of cases)
    t.same(await send([at, ...commands]), { code: 0, stdout, stderr: '' })
})

t.test('commands come from standard input, one per line', async (t) => {
  const at = await clark(t)
  const commands = Array.from({ length: 5_000 }, (_, index) => `IAMAT c${index} +34-118 1621464828\n`)
  const { code, stdout } = await send([at], commands.join('').trimEnd())
  t.equal(code, 0)
  t.same(
    stdout.split('\n').map((line) => line.split(' ')[3]),
    [...commands.map((_, index) => `c${index}`), undefined],
  )
})

t.test('send ends with 1 and a hint for the first refused command', async (t) => {
  const at = await clark(t)
  t.same(await send([at, 'FOO  bar']), {
    code: 1,
    stdout: '? FOO  bar\n',
    stderr:
      'proxyherd: hint: unknown command "FOO"; clients send IAMAT, WHATSAT, NEAR, WATCH and FORGET, in capital letters\n',
  })
  t.same(await send([at], `\n${IAMAT}\nWHATSAT nobody 1 1\n`), {
    code: 1,
    stdout: `? \n${AT}\n? WHATSAT nobody 1 1\n`,
    stderr: 'proxyherd: hint: the line is empty\n',
  })
})

t.test('--json prints each reply parsed', async (t) => {
  const at = await clark(t)
  t.match(await send([at, '--json', 'STATUS proxyherd']), { code: 0, stdout: /^\{"kind":"status"/ })
  const { stdout } = await send([at, '--json', IAMAT, 'WHATSAT kiwi 10 5', 'FOO'])
  const report = {
    server: 'Clark',
    skew: '+0.223371889',
    client: 'kiwi',
    position: { latitude: 34, longitude: -118 },
    time: '1621464828',
  }
  t.same(
    stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as unknown),
    [
      { kind: 'report', ...report },
      { kind: 'places', ...report, places: JSON.parse(CAFE) as unknown },
      { kind: 'refused', command: 'FOO' },
    ],
  )
})

t.test('a server of the topology can be named', async (t) => {
  const at = await clark(t)
  const port = Number(at.split(':')[1])
  const servers = { Elm: { host: '127.0.0.1', port } }
  const folder = t.testdir({ 'topology.json': JSON.stringify({ servers, links: [] }) })
  const flags = ['--topology', `${folder}/topology.json`]
  t.match(await send(['Elm', IAMAT, ...flags]), { code: 0, stdout: `${AT}\n` })
  t.match(await send(['Oak', IAMAT, ...flags]), {
    code: 1,
    stderr: /has no server "Oak"\nproxyherd: hint: it has Elm\n$/,
  })
  const here = process.cwd()
  t.teardown(() => {
    process.chdir(here)
  })
  process.chdir(folder)
  t.match(await send(['Elm', IAMAT]), { code: 0, stdout: `${AT}\n` }, 'that of the current folder is taken')
  process.chdir('..')
  t.match(
    await send(['Oak', IAMAT]),
    { code: 1, stderr: /the built-in topology has no server "Oak"/ },
    'else ours',
  )
})

t.test('an invalid topology.json is an error', async (t) => {
  const here = process.cwd()
  t.teardown(() => {
    process.chdir(here)
  })
  process.chdir(t.testdir({ 'topology.json': '{' }))
  t.match(await send(['Clark', IAMAT]), { code: 1, stderr: /^proxyherd: topology.json:1:2: / })
})

t.test('a port where nobody listens', async (t) => {
  const gone = await PeerListener.listen()
  const at = `127.0.0.1:${gone.port}`
  gone.close()
  // Nothing can be started with an address in place of a name.
  const stderr = `proxyherd: nobody listens on ${at}\n`
  for (const command of [IAMAT, 'AT Oak +0.5 fig +34-118 7'])
    t.same(await send([at, command]), { code: 1, stdout: '', stderr })
  t.match(await send(['[::1]:1', IAMAT]), { code: 1, stderr: /on \[::1\]:1|at \[::1\]:1/ })
})

t.test('a server without TLS', async (t) => {
  const at = await clark(t)
  t.same(await send([at, IAMAT, '--tls']), {
    code: 1,
    stdout: '',
    stderr: `proxyherd: cannot talk to ${at}: it does not speak TLS\n`,
  })
})

t.test('a line of standard input may be long, but not unlimited', async (t) => {
  const at = await clark(t)
  t.match(await send([at], 'x'.repeat(10_000)), { code: 1, stdout: `? ${'x'.repeat(64)}...\n` })
  t.match(await send([at], 'x'.repeat(100_000)), {
    code: 1,
    stderr: /^proxyherd: a line of standard input has over 65536 bytes/,
  })
})

t.test('a command larger than the socket buffer', async (t) => {
  const at = await clark(t)
  const { code, stdout } = await send([at, 'x'.repeat(32 * 1024 * 1024)])
  t.same({ code, stdout }, { code: 1, stdout: `? ${'x'.repeat(64)}...\n` })
})

t.test('a terminal shows a spinner until the reply arrives', async (t) => {
  const at = await clark(t)
  const { stdout, stderr } = await send([at, IAMAT], '', { isTTY: true, env: { TERM: 'xterm' } })
  t.equal(stdout, `${AT}\n`)
  t.match(stderr, `waiting for ${at}`)
  const quiet = await send([at, IAMAT], '', { isTTY: true, env: { TERM: 'xterm', NO_COLOR: '1' } })
  t.equal(quiet.stderr, '')
})

t.test('Ctrl-C ends the wait', async (t) => {
  const server = await PeerListener.listen()
  t.teardown(() => {
    server.close()
  })
  const terminal = new Terminal()
  const sent = terminal.run('send', `127.0.0.1:${server.port}`, IAMAT)
  await (await server.next()).read()
  terminal.interrupt()
  t.equal(await sent, 1)
  t.equal(terminal.stderr.text, '')
})

t.test('WATCH prints what changes until it is interrupted, however long nothing does', async (t) => {
  const herd = await TestHerd.start(t, { topology: anyPorts({ servers: ['Clark'], links: [] }) })
  const terminal = new Terminal()
  terminal.stdin.end('')
  const sent = terminal.run(
    'send',
    `127.0.0.1:${herd.port('Clark')}`,
    '--timeout',
    '0.2',
    IAMAT,
    'WATCH kiwi',
  )
  await terminal.stdout.shows(`${AT}\n${AT}\n`)
  // More than the timeout, and the second after which the client closes its side.
  await new Promise((resolve) => setTimeout(resolve, 1_300))
  await herd.ask('Clark', 'IAMAT kiwi +34-118 1621464829\n')
  await terminal.stdout.shows('kiwi +34-118 1621464829\n')
  terminal.interrupt()
  t.equal(await sent, 1)
  t.equal(terminal.stderr.text, '')
})

t.test('a server that ends what is watched is reported', async (t) => {
  const herd = await TestHerd.start(t, { topology: anyPorts({ servers: ['Clark'], links: [] }) })
  const terminal = new Terminal()
  terminal.stdin.end('')
  const sent = terminal.run('send', `127.0.0.1:${herd.port('Clark')}`, IAMAT, 'WATCH kiwi')
  await terminal.stdout.shows(`${AT}\n${AT}\n`)
  await herd.herd.stop('Clark')
  t.equal(await sent, 1)
  t.match(terminal.stderr.text, /^proxyherd: .* closed the connection\n/)
})

t.test('at a prompt, what is watched ends with the prompt', async (t) => {
  const at = await clark(t)
  const terminal = new Terminal({ isTTY: true, env: { TERM: 'dumb' } })
  const sent = terminal.run('send', at)
  await terminal.stdout.shows(`${at}> `)
  terminal.stdin.write(`${IAMAT}\r`)
  await terminal.stdout.shows(`${AT}\n`)
  terminal.stdin.write('WATCH kiwi\r')
  await terminal.stdout.shows(new RegExp(`(${AT.replaceAll('+', '\\+')}[^]*){2}`))
  terminal.stdin.write('\u0004')
  t.equal(await sent, 0)
})

t.test('a terminal without commands gets a prompt', async (t) => {
  const at = await clark(t)
  const terminal = new Terminal({ isTTY: true, env: { TERM: 'dumb' } })
  const sent = terminal.run('send', at)
  await terminal.stdout.shows(`${at}> `)
  t.match(terminal.stderr.text, /^connected to .*Ctrl-D ends\n$/)
  terminal.stdin.write(`${IAMAT}\r`)
  await terminal.stdout.shows(`${AT}\n`)
  terminal.stdin.write('FOO\r')
  await terminal.stderr.shows('hint: unknown command "FOO"')
  terminal.stdin.write('\u001b[A\u001b[A\r')
  await terminal.stdout.shows(new RegExp(`(${AT.replaceAll('+', '\\+')}[^]*){2}`))
  terminal.stdin.write('\u0004')
  t.equal(await sent, 0)
})

t.test('what follows a prompt begins on a line of its own', async (t) => {
  const at = await clark(t)
  const terminal = new Terminal({ isTTY: true, env: { TERM: 'dumb' } })
  const sent = terminal.run('send', at)
  await terminal.stdout.shows(`${at}> `)
  terminal.stdin.write('\u0004')
  t.equal(await sent, 0)
  t.ok(terminal.stdout.text.endsWith('\n'))
})

t.test('a byte order mark at the start of standard input is skipped', async (t) => {
  const at = await clark(t)
  for (const input of [`\ufeff${IAMAT}\n`, `\ufeff${IAMAT}`])
    t.same(await send([at], input), { code: 0, stdout: `${AT}\n`, stderr: '' })
  t.match(await send([at], `${IAMAT}\n\ufeff${IAMAT}`), { code: 1, stdout: `${AT}\n? \ufeff${IAMAT}\n` })
})

t.test('an argument that was not UTF-8 is refused', async (t) => {
  t.same(await send(['Clark', 'IAMAT Zo\ufffd +34-118 1']), {
    code: 2,
    stdout: '',
    stderr:
      'proxyherd: "IAMAT Zo\ufffd +34-118 1" is not UTF-8\n' +
      'proxyherd: hint: commands on standard input may have any bytes\n',
  })
})

t.test('with standard output in a file, the prompt writes nothing but replies to it', async (t) => {
  const at = await clark(t)
  for (const stderr of ['terminal', 'file']) {
    const terminal = new Terminal({
      stdinIsTTY: true,
      stderrIsTTY: stderr === 'terminal',
      env: { TERM: 'dumb' },
    })
    const sent = terminal.run('send', at)
    await terminal.stderr.shows(stderr === 'terminal' ? `${at}> ` : 'Ctrl-D ends')
    terminal.stdin.write(`${IAMAT}${stderr === 'terminal' ? '\r' : '\n'}`)
    await terminal.stdout.shows(AT)
    if (stderr === 'terminal') terminal.stdin.write('\u0004')
    else terminal.stdin.end()
    t.equal(await sent, 0)
    t.equal(terminal.stdout.text, `${AT}\n`)
  }
})
