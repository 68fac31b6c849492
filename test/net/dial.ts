import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import { dial, type Dialled } from '../../src/net/dial.js'

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
