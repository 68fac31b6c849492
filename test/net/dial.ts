import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import t, { type Test } from 'tap'
import { dial, GREETING_TIMEOUT_MS, type Dialled } from '../../src/net/dial.js'
import { newHerdKey, parseHerdKeys, type HerdKeys } from '../../src/net/herd-key.js'
import type { Greeting } from '../../src/protocol/greeting.js'
import { textOf } from '../../src/protocol/lines.js'
import { Front } from '../fixtures/front.js'
import { answer } from '../fixtures/link-end.js'
import { PeerListener, type Peer } from '../fixtures/peer.js'

// A process that listens but never accepts: once the queue of the system is full, nobody is answered any more, as on a
// network that swallows packets.
const DEAF = `
  const server = require('net').createServer()
  server.listen({ host: '127.0.0.1', port: 0, backlog: 1 }, () => {
    require('fs').writeSync(1, String(server.address().port))
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  })`

t.test('a neighbour that never answers is given up after a while', async (t) => {
  const deaf = spawn(process.execPath, ['-e', DEAF], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [output] = (await once(deaf.stdout, 'data')) as [Buffer]
  const address = { host: '127.0.0.1', port: Number(output) }
  const fillers = Array.from({ length: 4 }, () => connect(address).on('error', () => undefined))
  t.teardown(() => {
    for (const filler of fillers) filler.destroy()
    deaf.kill('SIGKILL')
  })
  const dialled = await new Promise<Dialled>((resolve) => {
    dial(
      address,
      undefined,
      undefined,
      () => {
        // The first takes what place is left in the queue, if any.
        dial(address, undefined, undefined, resolve, 100)
      },
      100,
    )
  })
  t.same(dialled, { kind: 'unreachable', why: 'no answer' })
})

const greeting: Greeting = { version: '1', from: 'Clark', to: 'Juzang', incarnation: '1', herd: '0a1b2c3d' }

interface Outcome {
  readonly dialled: Dialled
  /** The line that comes after what has told how dialling ends. */
  readonly next: Promise<string>
}

/** Dials a neighbour that is played by hand, until it has been greeted. */
async function dialling(t: Test): Promise<{ peer: Peer; outcome: Promise<Outcome> }> {
  const listener = await PeerListener.listen()
  const address = { host: '127.0.0.1', port: listener.port }
  const outcome = new Promise<Outcome>((resolve) => {
    dial(address, undefined, greeting, (dialled) => {
      resolve({ dialled, next: nextLine(t, dialled) })
    })
  })
  const peer = await listener.next()
  listener.close()
  t.equal(await peer.read(), 'LINK 1 Clark Juzang 1 0a1b2c3d\n')
  return { peer, outcome }
}

function nextLine(t: Test, dialled: Dialled): Promise<string> {
  return new Promise((resolve) => {
    if (!('connection' in dialled)) return
    const { connection } = dialled
    t.teardown(() => {
      connection.destroy()
    })
    connection.own({
      line: (line) => {
        resolve(textOf(line))
      },
      ended: () => undefined,
      closed: () => undefined,
    })
  })
}

t.test('when it was we who were held up, the answer that has come meanwhile counts', async (t) => {
  const { peer, outcome } = await dialling(t)
  peer.write(`${answer('Juzang')}AT first\n`)
  // As if this process had been stopped for a while.
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, GREETING_TIMEOUT_MS + 50)
  const { dialled, next } = await outcome
  t.match(dialled, { kind: 'greeted', greeting: { from: 'Juzang', incarnation: '7' } })
  t.equal(await next, 'AT first')
})

t.test('a neighbour of another kind has said its first report, or that it knows no greeting', async (t) => {
  const lime = 'AT Juzang +0.1 lime +1+1 1'
  const cases: [said: string, dialled: object][] = [
    [lime, { kind: 'plain', first: lime }],
    ['? LINK 1 Clark Juzang 1 0a1b2c3d', { kind: 'plain', first: undefined }],
    ['hello', { kind: 'plain', first: undefined }],
  ]
  for (const [said, expected] of cases) {
    const { peer, outcome } = await dialling(t)
    peer.write(`${said}\nAT second\n`)
    const { dialled, next } = await outcome
    t.match(dialled, expected, said)
    t.equal(await next, 'AT second', 'what comes after it is for who owns the connection then')
  }
})

t.test('with a herd key, only a neighbour that has it is dialled', async (t) => {
  const [ours, others] = [newHerdKey(), newHerdKey()].map((text) => parseHerdKeys(text, 'herd.key'))
  const front = await Front.listen(t, { keys: ours })
  const dialled = (keys: HerdKeys | undefined): Promise<Dialled> =>
    new Promise((resolve) => {
      dial(front.address, keys, undefined, resolve)
    })
  const linked = await dialled(ours)
  t.equal(linked.kind, 'plain')
  t.equal(await front.next(), 'link from 127.0.0.1:port')
  if (linked.kind === 'plain') linked.connection.destroy()
  t.same(await dialled(others), { kind: 'unreachable', why: 'it has another herd key' })
})

t.test('a call that is given up is not told of, and closed', async (t) => {
  const listener = await PeerListener.listen()
  const giveUp = dial({ host: '127.0.0.1', port: listener.port }, undefined, greeting, (dialled) => {
    t.fail(dialled.kind)
  })
  const peer = await listener.next()
  listener.close()
  await peer.read()
  giveUp()
  await peer.closed
})
