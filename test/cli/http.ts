import t, { type Test } from 'tap'
import { freePort, freePorts } from '../fixtures/files.js'
import { PeerListener } from '../fixtures/peer.js'
import { Terminal } from '../fixtures/terminal.js'
import { send } from '../fixtures/web-herd.js'

interface Place {
  readonly flags: readonly string[]
  readonly http: number
}

/** A folder with a topology of Elm and Oak, which have a port for HTTP. */
async function place(t: Test, more: object = {}): Promise<Place> {
  const { servers, links } = await freePorts({ servers: ['Elm', 'Oak'], links: [['Elm', 'Oak']] })
  const http = await freePort()
  const oak = await freePort()
  const [elmPort, oakPort] = [...servers.values()].map(({ port }) => port)
  const entries = {
    Elm: { host: '127.0.0.1', port: elmPort, http, ...more },
    Oak: { host: '127.0.0.1', port: oakPort, http: oak, ...more },
  }
  const folder = t.testdir({ 'herd.json': JSON.stringify({ servers: entries, links }) })
  return { flags: ['--topology', `${folder}/herd.json`, '--state', `${folder}/state`, '--no-store'], http }
}

/** Runs servers until they show something, and for as long as an action takes. */
async function during(argv: readonly string[], act: () => Promise<void>): Promise<Terminal> {
  const terminal = new Terminal()
  const ended = terminal.run(...argv)
  await terminal.stdout.shows(/log in|the link is up/)
  await act()
  terminal.interrupt()
  await ended
  return terminal
}

const isRefused = { code: 'ECONNREFUSED' }

t.test('a server listens for HTTP on its port in the topology, unless that is off', async (t) => {
  const { flags, http } = await place(t)
  const up = await during(['herd', 'up', ...flags], async () => {
    t.equal((await send(http, 'GET /readyz', {})).status, 200)
    const { json } = await send(http, 'GET /v1/herd', {})
    t.match(json, {
      servers: [
        { server: 'Elm', up: true },
        { server: 'Oak', up: true },
      ],
    })
  })
  t.equal(up.stderr.text, '')
  t.match(up.stdout.text, new RegExp(`\\nElm +127\\.0\\.0\\.1:\\d+ +127\\.0\\.0\\.1:${http} +Oak +`))
  const off = await during(['herd', 'up', ...flags, '--http', 'off'], async () => {
    await t.rejects(send(http, 'GET /readyz', {}), isRefused)
  })
  t.match(off.stdout.text, /\nElm +127\.0\.0\.1:\d+ +off +Oak +/)
})

t.test('--http names another port, of one server', async (t) => {
  const { flags, http } = await place(t)
  const other = await freePort()
  for (const address of [`${other}`, `127.0.0.1:${other}`]) {
    const elm = await during(['serve', 'Elm', ...flags, '--http', address], async () => {
      t.equal((await send(other, 'GET /healthz', {})).status, 200)
      await t.rejects(send(http, 'GET /healthz', {}), isRefused)
    })
    t.match(elm.stdout.text, `, for HTTP on 127.0.0.1:${other}, log in `)
  }
  for (const wrong of ['x', '70000', '127.0.0.1', '::1:5']) {
    const terminal = new Terminal()
    t.equal(await terminal.run('serve', 'Elm', ...flags, '--http', wrong), 2)
    t.match(terminal.stderr.text, `--http: "${wrong}" is not a port, HOST:PORT or off`)
  }
  const several = new Terminal()
  t.equal(await several.run('herd', 'up', ...flags, '--http', '12180'), 2)
  t.match(several.stderr.text, /--http takes only "off" for several servers/)
})

t.test('a port of the topology that is taken is a warning, one that was asked for is an error', async (t) => {
  const { flags, http } = await place(t)
  const taken = await PeerListener.listen(http)
  const warned = await during(['serve', 'Elm', ...flags], () => Promise.resolve())
  t.match(warned.stderr.text, `Elm does without HTTP: port ${http} is taken, so Elm cannot listen for HTTP`)
  const terminal = new Terminal()
  t.equal(await terminal.run('serve', 'Elm', ...flags, '--http', `${http}`), 1)
  t.match(terminal.stderr.text, `port ${http} is taken, so Elm cannot listen for HTTP`)
  t.match(terminal.stderr.text, 'or give Elm another port with --http')
  taken.close()
})

t.test('without tokens, no server listens for HTTP beyond loopback', async (t) => {
  const { flags, http } = await place(t, { listen: '0.0.0.0' })
  const warned = await during(['serve', 'Elm', ...flags], async () => {
    t.equal((await send(http, 'GET /healthz', {})).status, 200)
  })
  t.match(warned.stderr.text, /^proxyherd: HTTP is on 127.0.0.1 only[^]*"--tokens FILE"/m)
  const several = await during(['herd', 'up', ...flags], () => Promise.resolve())
  t.equal(several.stderr.text.split('HTTP is on').length, 2, 'it is said once')
  const terminal = new Terminal()
  t.equal(await terminal.run('serve', 'Elm', ...flags, '--http', `0.0.0.0:${http}`), 1)
  t.match(terminal.stderr.text, 'Elm cannot listen for HTTP on 0.0.0.0')
})
