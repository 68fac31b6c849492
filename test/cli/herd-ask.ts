import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { topologyFile } from '../fixtures/files.js'
import { anyPorts, CAFE, TestHerd } from '../fixtures/herd.js'
import { PeerListener } from '../fixtures/peer.js'
import { Terminal, type TerminalOptions } from '../fixtures/terminal.js'

const IAMAT = 'IAMAT kiwi +34-118 1621464828'
const AT = 'AT Elm +0.223371889 kiwi +34-118 1621464828'
const WHATSAT = 'WHATSAT kiwi 10 1'

interface Outcome {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs `herd ask` on Elm and Oak, which are linked, and on servers by hand that answer as given; null for one that closes. */
async function place(
  t: Test,
  others: Record<string, string | null>,
): Promise<{
  herd: TestHerd
  ask: (argv: string[], options?: TerminalOptions) => Promise<Outcome>
}> {
  const herd = await TestHerd.start(t, {
    topology: anyPorts({ servers: ['Elm', 'Oak'], links: [['Elm', 'Oak']] }),
  })
  const servers = new Map(herd.addresses)
  for (const [name, reply] of Object.entries(others)) {
    const listener = await PeerListener.listen()
    t.teardown(() => {
      listener.close()
    })
    void (async () => {
      for (;;) {
        const peer = await listener.next()
        void peer.read().then(() => {
          peer.write(reply ?? '')
          peer.end()
        })
      }
    })()
    servers.set(name, { host: '127.0.0.1', port: listener.port })
  }
  const folder = t.testdir({ 'topology.json': topologyFile({ servers, links: [] }) })
  const ask = async (argv: string[], options?: TerminalOptions): Promise<Outcome> => {
    const terminal = new Terminal(options)
    const code = await terminal.run('herd', 'ask', '--topology', `${folder}/topology.json`, ...argv)
    return { code, stdout: terminal.stdout.text, stderr: terminal.stderr.text }
  }
  return { herd, ask }
}

t.test('servers that give the newest report agree', async (t) => {
  const { herd, ask } = await place(t, { Ash: `${AT}\n{}\n\n` })
  await herd.ask('Elm', `${IAMAT}\n`)
  t.same(await ask([WHATSAT]), {
    code: 0,
    stdout:
      `   Server  Answer\n   Elm     ${AT}\n   Oak     ${AT}\n   Ash     ${AT} (other places)\n\n` +
      'the same report from 3 servers; other places from Ash\n',
    stderr: '',
  })
  const { code, stdout } = await ask([WHATSAT, 'Oak', 'Ash', 'Oak', '--json'])
  t.equal(code, 0)
  const report = { server: 'Elm', skew: '+0.223371889', client: 'kiwi', time: '1621464828' }
  t.match(JSON.parse(stdout), {
    verdict: 'the same report from 2 servers; other places from Ash',
    answers: [
      {
        server: 'Oak',
        isNewest: true,
        hasOtherPlaces: false,
        reply: { kind: 'places', ...report, places: JSON.parse(CAFE) as object },
      },
      {
        server: 'Ash',
        isNewest: true,
        hasOtherPlaces: true,
        reply: { kind: 'places', ...report, places: {} },
      },
    ],
  })
})

t.test('what never ends cannot be compared', async (t) => {
  const terminal = new Terminal()
  t.equal(await terminal.run('herd', 'ask', 'WATCH kiwi'), 2)
  t.match(terminal.stderr.text, /WATCH never ends\nproxyherd: hint: use "proxyherd send"\n$/)
})

t.test('servers that find the same clients near a point agree', async (t) => {
  const { herd, ask } = await place(t, { Ash: `${AT}\n\n` })
  t.match(await ask(['NEAR +34-118 5 10', 'Elm', 'Oak']), { code: 0, stdout: 'Elm     no client\n' })
  await herd.ask('Elm', `${IAMAT}\n${IAMAT.replace('kiwi', 'lime')}\n`)
  t.same(await ask(['NEAR +34-118 5 10']), {
    code: 1,
    stdout:
      `   Server  Answer\n   Elm     ${AT} (and 1 more)\n   Oak     ${AT} (and 1 more)\n!  Ash     ${AT}\n\n` +
      'the same answer from 2 of 3 servers; not from Ash\n',
    stderr: '',
  })
})

t.test('what differs from the newest report is marked', async (t) => {
  const older = 'AT Ash +0.5 kiwi +34-118 1621464827.9'
  const { herd, ask } = await place(t, {
    Ash: `${older}\n{}\n\n`,
    Fir: `\n? ${WHATSAT}\n`,
    Yew: null,
    Bay: 'hello\n',
  })
  await herd.ask('Elm', `${IAMAT}\n`)
  const { code, stdout } = await ask([WHATSAT])
  t.equal(code, 1)
  t.equal(
    stdout,
    `   Server  Answer\n   Elm     ${AT}\n   Oak     ${AT}\n!  Ash     ${older}\n!  Fir     ? ${WHATSAT}\n` +
      '!  Yew     Yew closed the connection before it answered\n!  Bay     hello\n\n' +
      'the newest report from 2 of 6 servers; not from Ash, Fir, Yew and Bay\n',
  )
  const json = await ask([WHATSAT, 'Elm', 'Yew', '--json'])
  t.match(JSON.parse(json.stdout), {
    answers: [{ isNewest: true }, { server: 'Yew', isNewest: false, fault: /closed/ }],
  })
  t.match(await ask([WHATSAT], { isTTY: true, env: { TERM: 'xterm' } }), { stdout: '\u001b[31mAsh' })
})

t.test('without a report, the most frequent answer counts', async (t) => {
  const { ask } = await place(t, { Ash: 'hello\n' })
  t.match(await ask(['FOO']), { code: 1, stdout: /^! {2}Ash +hello$/m })
})

t.test('a command that the servers refuse is explained', async (t) => {
  const { ask } = await place(t, {})
  t.match(await ask(['WHATSAT nobody 1 1']), {
    code: 1,
    stdout: /the same answer from 2 servers\n$/,
    stderr:
      /^proxyherd: hint: this is valid, but Elm gave no reason; .*: no server has a report of "nobody", or it has expired; /,
  })
  t.match(await ask(['WHATSAT kiwi 60 1']), {
    code: 1,
    stderr: 'proxyherd: hint: radius "60" is outside 0 to 50 km\n',
  })
})

t.test('no server answers', async (t) => {
  const { ask } = await place(t, { Ash: null, Fir: null })
  t.match(await ask([WHATSAT, 'Ash', 'Fir']), {
    code: 1,
    stdout: /the same answer from 0 of 2 servers; not from Ash and Fir\n$/,
  })
})

t.test('how a connection ends after the answer does not matter', async (t) => {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.once('data', () => socket.write(`${AT}\n{}\n\n`))
    socket.once('end', () => socket.resetAndDestroy())
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  const folder = t.testdir({
    'topology.json': topologyFile({ servers: new Map([['Elm', { host: '127.0.0.1', port }]]), links: [] }),
  })
  const terminal = new Terminal()
  t.equal(await terminal.run('herd', 'ask', '--topology', `${folder}/topology.json`, WHATSAT), 0)
  t.match(terminal.stdout.text, AT)
})

t.test('a command that would change something, or two, are wrong usage', async (t) => {
  const { ask } = await place(t, {})
  for (const command of [IAMAT, AT, 'FORGET kiwi'])
    t.match(await ask([command]), { code: 2, stderr: '"herd ask" only asks, as with WHATSAT' })
  t.match(await ask(['STATUS proxyherd']), { code: 2, stderr: 'use "proxyherd herd status"' })
  t.match(await ask([`${WHATSAT}\n${WHATSAT}`]), { code: 2, stderr: '"herd ask" takes one command' })
  t.match(await ask([WHATSAT, 'Yew']), { code: 1, stderr: 'has no server "Yew"' })
})

t.test('Ctrl-C ends the wait', async (t) => {
  const listener = await PeerListener.listen()
  t.teardown(() => {
    listener.close()
  })
  const servers = new Map([['Elm', { host: '127.0.0.1', port: listener.port }]])
  const folder = t.testdir({ 'topology.json': topologyFile({ servers, links: [] }) })
  const terminal = new Terminal()
  const asked = terminal.run('herd', 'ask', WHATSAT, '--topology', `${folder}/topology.json`)
  const peer = await listener.next()
  await peer.read()
  terminal.interrupt()
  t.equal(await asked, 1)
  peer.destroy()
})
