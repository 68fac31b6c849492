import t from 'tap'
import { chmodSync } from 'node:fs'
import { newHerdKey, parseHerdKeys } from '../../src/net/herd-key.js'
import { readTopology } from '../../src/topology/topology.js'
import { selfSigned } from '../fixtures/certificate.js'
import { PeerListener } from '../fixtures/peer.js'
import { PAIR, statusPlace } from '../fixtures/status-place.js'
import { standing } from '../fixtures/status.js'
import { Terminal } from '../fixtures/terminal.js'
import { CLASSIC } from '../fixtures/topologies.js'
import { NO_FIGURES } from '../fixtures/store-figures.js'

t.test('a herd in sync', async (t) => {
  const { start, status } = await statusPlace(t, CLASSIC)
  const herd = await start()
  await herd.ask('Clark', 'IAMAT kiwi +34-118 5\nIAMAT lime +34-118 5\n')
  const { code, stdout, stderr } = await status().ended
  t.equal(code, 0)
  t.equal(stderr, '')
  const lines = stdout.split('\n')
  t.match(lines[0], /^Server +Address +Up for +Clients +Digest +Links +Disk +Memory$/)
  CLASSIC.servers.forEach((name, index) => {
    t.match(
      lines[index + 1],
      new RegExp(`^${name} +127\\.0\\.0\\.1:${herd.port(name)} +\\S+ +2 +[0-9a-f]{16} +[23]/[23] +none .*B$`),
    )
  })
  t.match(lines[7], /^Link +Up since +Last received +Pending → \/ ← +Bytes → \/ ←$/)
  CLASSIC.links.forEach((link, index) => {
    t.match(
      lines[index + 8],
      new RegExp(`^${link.join('–')} +\\S+ ago +\\S+ ago +\\d+ / \\d+ +[\\d.]+ k?B / [\\d.]+ k?B$`),
    )
  })
  t.match(lines.at(-2), /^in sync: 5 servers, 2 clients, digest [0-9a-f]{16}$/)
})

t.test('some servers of a herd, as JSON', async (t) => {
  const { start, status } = await statusPlace(t, CLASSIC)
  const herd = await start()
  const { code, stdout } = await status(['Clark', 'Bernard', 'Clark', '--json']).ended
  t.equal(code, 0)
  t.match(stdout, /^\{.*\}\n$/)
  t.match(JSON.parse(stdout), {
    time: /^\d{4}-\d\d-\d\dT.*Z$/,
    inSync: true,
    verdict: 'in sync: 2 servers, 0 clients, digest 0000000000000000',
    rounds: 1,
    servers: [
      {
        name: 'Clark',
        address: `127.0.0.1:${herd.port('Clark')}`,
        status: { server: 'Clark', version: '0.0.0', clients: 0, links: [{ state: 'up' }, { state: 'up' }] },
      },
      { name: 'Bernard', status: { server: 'Bernard' } },
    ],
  })
  t.match(await status(['Clark', 'Yew']).ended, {
    code: 1,
    stdout: '',
    stderr: /has no server "Yew"\nproxyherd: hint: it has Juzang/,
  })
})

t.test('a server that is down', async (t) => {
  const { start, status } = await statusPlace(t, PAIR)
  await start({ names: ['Elm'] })
  const { code, stdout, stderr } = await status().ended
  t.equal(code, 1)
  t.equal(stderr, '')
  t.match(stdout, /^Elm +127\S+ +\S+ +0 +0{16} +0\/1 +none +[\d.]+ kB\nOak +127\S+ +no status$/m)
  t.match(stdout, /^Elm–Oak +down$/m)
  t.match(stdout, /\nnobody listens on 127\S+, so Oak cannot answer\nnot in sync: Oak gave no status\n$/)
  t.match(JSON.parse((await status(['--json']).ended).stdout), {
    inSync: false,
    servers: [{ status: { server: 'Elm' } }, { name: 'Oak', fault: /^nobody listens on/ }],
  })
})

t.test('a server that cannot save reports', async (t) => {
  const { start, status } = await statusPlace(t, { servers: ['Elm'], links: [] })
  await start({
    openStore: () =>
      Promise.resolve({
        flush: () => undefined,
        committed: () => Promise.resolve(false),
        close: () => Promise.resolve(0),
        status: { unsaved: 3, fault: 'the disk is full', lost: 0 },
        figures: NO_FIGURES,
      }),
  })
  const { code, stdout } = await status().ended
  t.equal(code, 1)
  t.match(stdout, /^Elm .* 3 unsaved +\S+ kB$/m)
  t.match(stdout, /^Elm keeps reports in memory only, 3 clients unsaved: the disk is full$/m)
  t.match(stdout, /^in sync: 1 server, /m)
})

t.test('servers that are not in sync', async (t) => {
  const { start, status } = await statusPlace(t, { servers: ['Elm', 'Oak'], links: [] })
  const herd = await start()
  await herd.ask('Elm', 'IAMAT kiwi +34-118 5\n')
  t.match(await status().ended, {
    code: 1,
    stdout: /\nnot in sync: digests differ.*: Elm \(1 client\); Oak \(0 clients\)\n$/,
  })
})

t.test('a server that does not answer', async (t) => {
  const { start, status } = await statusPlace(t, PAIR)
  const herd = await start({ names: ['Elm'] })
  const silent = await PeerListener.listen(herd.herd.addressOf('Oak')?.port)
  t.teardown(() => {
    silent.close()
  })
  t.match(await status(['--timeout', '0.2']).ended, {
    code: 1,
    stdout: /^Oak gave no answer within 0.2 s\n/m,
  })
})

t.test('a server of a later version, and one with an unreadable status', async (t) => {
  const { folder, status } = await statusPlace(t, { servers: ['Elm', 'Oak', 'Ash'], links: PAIR.links })
  const { servers } = await readTopology(`${folder}/topology.json`)
  const replies = {
    Elm: standing('Elm', { links: [{ neighbour: 'Oak', state: 'down' }] }),
    Oak: { ...standing('Oak', { version: '9.0.0' }), links: [{ neighbour: 'Elm', state: 'draining' }] },
    Ash: { server: 'Ash', version: '9.1.0' },
  }
  for (const [name, reply] of Object.entries(replies)) {
    const listener = await PeerListener.listen(servers.get(name)?.port)
    t.teardown(() => {
      listener.close()
    })
    const serve = async (): Promise<void> => {
      for (;;) {
        const peer = await listener.next()
        await peer.read('STATUS proxyherd\n')
        peer.write(`STATUS ${JSON.stringify(reply)}\n`)
      }
    }
    void serve()
  }
  const { stdout } = await status().ended
  t.match(stdout, /^Elm .* 0\.1\.0\nOak .* 0\/1 +second +\S+ kB +9\.0\.0\nAsh +127\S+ +no status$/m)
  t.match(stdout, /^Elm–Oak +down at Elm, draining at Oak$/m)
  t.match(
    stdout,
    /^Ash \(version 9\.1\.0\) sent a status that this version cannot read: "startedAt", .*\nnot in sync: Ash gave no status; the other 2 are in sync; isolated, linked to no neighbour: Elm\n$/m,
  )
  t.match(JSON.parse((await status(['Oak', '--json']).ended).stdout), {
    servers: [{ status: { version: '9.0.0', links: [{ neighbour: 'Elm', state: 'draining' }] } }],
  })
})

t.test('a herd with a key answers only those who have it', async (t) => {
  const key = newHerdKey()
  const { folder, start, status } = await statusPlace(t, PAIR, { 'herd.key': key, 'other.key': newHerdKey() })
  chmodSync(`${folder}/herd.key`, 0o600)
  await start({ security: { keys: parseHerdKeys(key, 'herd.key') } })
  t.match(await status(['--herd-key', `${folder}/herd.key`]).ended, {
    code: 0,
    stderr: '',
    stdout: /\nin sync: 2/,
  })
  chmodSync(`${folder}/other.key`, 0o644)
  t.match(await status(['--herd-key', `${folder}/other.key`]).ended, {
    code: 1,
    stdout: /^cannot talk to Elm at \S+: it has another herd key\n/m,
    stderr: /^proxyherd: other users have access to \.\/other\.key/,
  })
  t.match((await status().ended).stdout, /^Elm and Oak do not report .*herd key or /m)
})

t.test('status over TLS', async (t) => {
  const certificate = await selfSigned()
  const { folder, start, status } = await statusPlace(t, PAIR, { 'cert.pem': certificate.cert })
  await start({ security: { certificate } })
  t.match(await status(['--tls', '--ca', `${folder}/cert.pem`]).ended, { code: 0, stdout: /\nin sync: 2/ })
  t.match(await status(['--tls']).ended, {
    code: 1,
    stdout: /^cannot talk to Oak at \S+: its certificate is not signed by a trusted authority/m,
  })
})

t.test('wrong usage', async (t) => {
  const { status } = await statusPlace(t, PAIR)
  const cases: [argv: string[], stderr: string][] = [
    [['--watch=0'], 'proxyherd: --watch: "0" is not more than 0 s\n'],
    [['--watch', '25h'], 'proxyherd: --watch: "25h" is more than 86400 s\n'],
    [['--watch', 'Elm'], 'proxyherd: --watch: "Elm" is not a time such as 500ms, 5s or 1h30m\n'],
    [['--watch=86401'], 'proxyherd: --watch: "86401" is more than 86400 s\n'],
    [['--timeout', '0'], 'proxyherd: --timeout: "0" is not more than 0 s\n'],
    [['--ca', 'x'], 'proxyherd: --ca needs --tls\n'],
    [
      ['--herd-key', 'x', '--tls'],
      'proxyherd: --herd-key and --tls exclude each other\nproxyherd: hint: --herd-key uses TLS already\n',
    ],
  ]
  for (const [argv, stderr] of cases) t.same(await status(argv).ended, { code: 2, stdout: '', stderr })
})

t.test('--watch runs until Ctrl-C; the exit code follows the last result', async (t) => {
  const { start, status } = await statusPlace(t, PAIR)
  const { terminal, ended } = status(['--watch=0.01'])
  await terminal.stdout.shows('not in sync: Elm and Oak gave no status\n\nServer ')
  const herd = await start()
  await terminal.stdout.shows(/\nin sync: 2 servers, 0 clients, digest 0{16}\n\n/)
  await herd.ask('Oak', 'IAMAT kiwi +34-118 5\n')
  await terminal.stdout.shows('\nin sync: 2 servers, 1 client, ')
  terminal.interrupt()
  t.match(await ended, { code: 0, stderr: '' })
  const again = status(['--watch=0.01'])
  await again.terminal.stdout.shows('\nin sync: 2')
  await herd.herd.stopAll()
  await again.terminal.stdout.shows('not in sync: Elm and Oak gave no status')
  again.terminal.interrupt()
  t.match(await again.ended, { code: 1 })
})

t.test('--watch --json prints one object per line', async (t) => {
  const { start, status } = await statusPlace(t, PAIR)
  await start()
  const { terminal, ended } = status(['--watch=0.01', '--json'])
  await terminal.stdout.shows(/\n.*\n/)
  terminal.interrupt()
  const { code, stdout } = await ended
  t.equal(code, 0)
  for (const line of stdout.trimEnd().split('\n')) t.match(JSON.parse(line), { inSync: true })
})

t.test('--watch redraws in place on a terminal', async (t) => {
  const { start, status } = await statusPlace(t, PAIR)
  const herd = await start()
  const { terminal, ended } = status(['--watch=0.01'], { isTTY: true, env: { TERM: 'xterm' } })
  await terminal.stdout.shows('\u001b[32min sync: 2 servers, 0 clients')
  await herd.ask('Oak', 'IAMAT kiwi +34-118 5\n')
  await terminal.stdout.shows('in sync: 2 servers, 1 client, ')
  terminal.interrupt()
  const { code, stdout } = await ended
  t.equal(code, 0)
  t.match(stdout, '\u001b[2K', 'lines are drawn again')
  t.equal(stdout.split('Server  Address').length, 2, 'what stays the same is not drawn again')
})

t.test('--watch does not redraw on a dumb terminal', async (t) => {
  const { start, status } = await statusPlace(t, PAIR)
  await start()
  const { terminal, ended } = status(['--watch=0.01'], { isTTY: true, env: { TERM: 'dumb' } })
  await terminal.stdout.shows(/(in sync: 2 servers[^]*){2}/)
  terminal.interrupt()
  t.notMatch((await ended).stdout, '\u001b')
})

t.test('Ctrl-C ends the wait for an answer, also before the first probe', async (t) => {
  const { start, status } = await statusPlace(t, { servers: PAIR.servers, links: [] })
  const herd = await start({ names: ['Elm'] })
  const silent = await PeerListener.listen(herd.herd.addressOf('Oak')?.port)
  t.teardown(() => {
    silent.close()
  })
  const { terminal, ended } = status(['--timeout', '3600'])
  await (await silent.next()).read('STATUS proxyherd\n')
  terminal.interrupt()
  t.same(await ended, { code: 1, stdout: '', stderr: '' })
  const early = new Terminal()
  early.interrupt()
  t.equal(await early.run('herd', 'status'), 1)
  t.equal(early.stdout.text, '')
})
