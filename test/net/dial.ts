import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import t, { type Test } from 'tap'
import { dial, type Address } from '../../src/net/dial.js'
import { newHerdKey, parseHerdKeys, type HerdKeys } from '../../src/net/herd-key.js'
import { AcceptorServer } from '../fixtures/acceptor-server.js'
import { PeerListener } from '../fixtures/peer.js'

interface Dialling {
  /** The events, in order. */
  readonly events: string[]
  /** Resolves to the events when the dial has ended. */
  readonly ended: Promise<string[]>
  readonly giveUp: () => void
}

function dialling(t: Test, address: Address, keys?: HerdKeys): Dialling {
  const events: string[] = []
  let giveUp: () => void = () => undefined
  const ended = new Promise<string[]>((resolve) => {
    giveUp = dial(address, keys, {
      connected: () => events.push('connected'),
      ready: (connection) => {
        t.teardown(() => {
          connection.destroy()
        })
        events.push('ready')
        resolve(events)
      },
      failed: (why) => {
        events.push(`failed: ${why}`)
        resolve(events)
      },
    })
  })
  return { events, ended, giveUp }
}

t.test('a neighbour that listens is connected, and lines can be sent', async (t) => {
  const listener = await PeerListener.listen()
  t.teardown(() => {
    listener.close()
  })
  const { ended } = dialling(t, { host: '127.0.0.1', port: listener.port })
  t.same(await ended, ['connected', 'ready'])
})

t.test('a dial fails if nobody listens', async (t) => {
  const listener = await PeerListener.listen()
  const address = { host: '127.0.0.1', port: listener.port }
  listener.close()
  t.same(await dialling(t, address).ended, ['failed: nobody listens there'])
})

t.test(
  'with a herd key, TLS follows the connection, and only a neighbour with the key is accepted',
  async (t) => {
    const [ours, others] = [newHerdKey(), newHerdKey()].map((text) => parseHerdKeys(text, 'herd.key'))
    const server = await AcceptorServer.listen(t, { keys: ours })
    t.same(await dialling(t, server.address, ours).ended, ['connected', 'ready'])
    t.same(await dialling(t, server.address, others).ended, ['connected', 'failed: it has another herd key'])
  },
)

t.test('a dial fails if the neighbour closes during TLS', async (t) => {
  const listener = await PeerListener.listen()
  const address = { host: '127.0.0.1', port: listener.port }
  const { ended } = dialling(t, address, parseHerdKeys(newHerdKey(), 'herd.key'))
  const peer = await listener.next()
  listener.close()
  peer.end()
  t.match((await ended)[1], /^failed: ./)
})

// A process that listens but never accepts. Once the queue of the system is full, connections time out as on a network
// that drops packets.
const DEAF = `
  const server = require('net').createServer()
  server.listen({ host: '127.0.0.1', port: 0, backlog: 1 }, () => {
    require('fs').writeSync(1, String(server.address().port))
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0)
  })`

t.test('a cancelled dial is closed and reports nothing, whether connected or not', async (t) => {
  const listener = await PeerListener.listen()
  const address = { host: '127.0.0.1', port: listener.port }
  const securing = dialling(t, address, parseHerdKeys(newHerdKey(), 'herd.key'))
  const peer = await listener.next()
  listener.close()
  const deaf = spawn(process.execPath, ['-e', DEAF], { stdio: ['ignore', 'pipe', 'inherit'] })
  const [output] = (await once(deaf.stdout, 'data')) as [Buffer]
  const nowhere = { host: '127.0.0.1', port: Number(output) }
  const fillers = Array.from({ length: 4 }, () => connect(nowhere).on('error', () => undefined))
  t.teardown(() => {
    for (const filler of fillers) filler.destroy()
    deaf.kill('SIGKILL')
  })
  const connecting = dialling(t, nowhere)
  securing.giveUp()
  connecting.giveUp()
  await peer.closed
  t.same(securing.events, ['connected'])
  t.same(connecting.events, [])
})
