import type { IncomingMessage } from 'node:http'
import { connect } from 'node:net'
import t, { type Test } from 'tap'
import { MAX_BODY_BYTES, type ConnectionLimits } from '../../src/web/http-limits.js'
import type { HttpReply } from '../../src/web/http-reply.js'
import { Peer } from '../fixtures/peer.js'
import { send, WebHerd } from '../fixtures/web-herd.js'

const HOST = 'Host: localhost\r\n'
const GET = `GET /healthz HTTP/1.1\r\n${HOST}\r\n`
const PUT = `PUT /v1/clients/kiwi HTTP/1.1\r\n${HOST}`

const TOO_LATE = /^HTTP\/1\.1 408 [^]*"the request took too long to arrive"/

/** Writes a text one byte at a time until the other side closes. */
async function drip(peer: Peer, text: string): Promise<void> {
  const state = { isClosed: false }
  void peer.closed.then(() => (state.isClosed = true))
  for (const byte of text) {
    if (state.isClosed) return
    peer.write(byte)
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
}

t.test('a request that stops half way, or comes byte by byte, is given up', async (t) => {
  const herd = await WebHerd.start(t, {
    listener: { limits: { headerMs: 100, requestMs: 200, checkMs: 10 } },
  })
  const port = herd.httpPort('Clark')
  const stopped = [
    'GET /healthz HTTP/1.1\r\nHo',
    `${PUT}Content-Length: 5\r\n\r\n{`,
    `${PUT}Transfer-Encoding: chunked\r\n\r\n5\r\n{`,
  ]
  for (const text of stopped) {
    const peer = await Peer.connect(port)
    peer.write(text)
    t.match(await peer.closed, TOO_LATE, text)
  }
  const slow = ['GET /healthz HTTP/1.1\r\n', `${PUT}Content-Length: 1000\r\n\r\n`]
  for (const [index, text] of slow.entries()) {
    const peer = await Peer.connect(port)
    if (index === 1) peer.write(text)
    await Promise.all([drip(peer, `${index === 0 ? text : ''}${'X: y\r\n'.repeat(200)}`), peer.closed])
    t.match(await peer.closed, TOO_LATE, text)
  }
  const next = await Peer.connect(port)
  next.write(`${GET}${PUT}Content-Length: 5\r\n\r\n{`)
  t.match(
    await next.closed,
    /^HTTP\/1\.1 200 [^]*\n(?=HTTP\/1\.1 408 )/,
    'the request before it has its response',
  )
})

/** A server whose requests for `/wait` are answered by hand, those for `/long` with a long body. */
async function startByHand(t: Test, limits: Partial<ConnectionLimits>, long = Buffer.alloc(0)) {
  const waiting: (() => void)[] = []
  let arrived: () => void = () => undefined
  const answer = async (_: unknown, { url }: IncomingMessage): Promise<HttpReply> => {
    if (url === '/wait')
      await new Promise<void>((resolve) => {
        waiting.push(resolve)
        arrived()
      })
    return { status: 200, headers: {}, body: url === '/long' ? long : Buffer.from('{}\n') }
  }
  const herd = await WebHerd.start(t, { listener: { limits, loadApi: () => Promise.resolve({ answer }) } })
  const port = herd.httpPort('Clark')
  return {
    port,
    refused: () => herd.servers.logs.get('Clark')?.entries.filter(({ kind }) => kind === 'refused').length,
    /** Connects, and has a request answered. */
    open: async (): Promise<Peer> => {
      const peer = await Peer.connect(port)
      await ask(peer)
      return peer
    },
    /** Makes a peer wait for a response. */
    wait: async (peer: Peer): Promise<void> => {
      const begun = new Promise<void>((resolve) => (arrived = resolve))
      peer.write(`GET /wait HTTP/1.1\r\n${HOST}\r\n`)
      await begun
    },
    /** Answers all that wait. */
    answer: (): void => {
      for (const resolve of waiting.splice(0)) resolve()
    },
  }
}

async function ask(peer: Peer): Promise<string> {
  peer.write(GET)
  return peer.read('}\n')
}

t.test('a connection too many closes the one that is idle longest', async (t) => {
  const { port, open, wait, answer } = await startByHand(t, { connections: 3 })
  const [busy, used, silent] = [await open(), await open(), await Peer.connect(port)]
  await wait(busy)
  await ask(used)
  const fourth = await open()
  t.equal(await silent.closed, '')
  await ask(used)
  const fifth = await open()
  t.equal(await fourth.closed, '', 'the one that was used last stays')
  await wait(used)
  await wait(fifth)
  const crowded = await Peer.connect(port)
  crowded.write(GET)
  t.match(
    await crowded.closed,
    /^HTTP\/1\.1 503 [^]*retry-after: 1\r\n[^]*"the server has too many connections"/,
  )
  crowded.destroy()
  answer()
  t.match(await busy.read('}\n'), /^HTTP\/1\.1 200 /)
  t.match(await ask(await open()), /^HTTP\/1\.1 200 /)
})

t.test('connections that had no room, and those that linger, do not delay a stop', async (t) => {
  const { port, open, wait } = await startByHand(t, { connections: 1, lingerMs: 60_000 })
  const busy = await open()
  await wait(busy)
  const crowded = await Peer.connect(port)
  t.match(await crowded.closed, /^HTTP\/1\.1 503 /)
  busy.destroy()
})

t.test('a client that leaves while it waits, after what cannot be read, is let go', async (t) => {
  const { port, open, wait, answer, refused } = await startByHand(t, { connections: 1 })
  const peer = await open()
  await wait(peer)
  peer.write(`${GET}GARBAGE\r\n\r\n`)
  while (refused() === 0) await new Promise((resolve) => setImmediate(resolve))
  peer.socket.resetAndDestroy()
  // There is room only when the server has noticed.
  while ((await send(port, 'GET /healthz', {})).status === 503);
  answer()
  t.match(await ask(await open()), /^HTTP\/1\.1 200 /)
})

t.test('a client whose body is too long reads why, and can go on', async (t) => {
  const herd = await WebHerd.start(t)
  const long = 4 * MAX_BODY_BYTES
  const peer = await Peer.connect(herd.httpPort('Clark'))
  peer.write(`${PUT}Content-Length: ${long}\r\n\r\n`)
  t.match(await peer.read('}\n'), /^HTTP\/1\.1 413 /)
  peer.write('x'.repeat(long) + GET)
  t.match(await peer.read('}\n'), /^HTTP\/1\.1 200 /)
})

t.test('what is left of a body is skipped only for a while, and gets no second response', async (t) => {
  const limits = { headerMs: 200, requestMs: 200, checkMs: 10, lingerMs: 50 }
  const herd = await WebHerd.start(t, { listener: { limits } })
  const cases = { 'it does not end': '', 'a chunk is broken': 'zz\r\n' }
  for (const [title, rest] of Object.entries(cases)) {
    const peer = await Peer.connect(herd.httpPort('Clark'))
    peer.write(`${PUT}Transfer-Encoding: chunked\r\nContent-Encoding: gzip\r\n\r\n`)
    t.match(await peer.read('}\n'), /^HTTP\/1\.1 415 /, title)
    peer.write(rest)
    t.equal(await peer.closed, '', title)
    await new Promise((resolve) => peer.socket.once('close', resolve).end('x'))
  }
})

t.test('a client that goes on sending reads what was wrong', async (t) => {
  const herd = await WebHerd.start(t, { listener: { limits: { lingerMs: 100 } } })
  const socket = connect(herd.httpPort('Clark'), '127.0.0.1')
  socket.on('error', () => undefined)
  const closed = new Promise((resolve) => socket.once('close', resolve))
  const received: Buffer[] = []
  socket.on('data', (data) => received.push(data))
  socket.write('GARBAGE\r\n\r\n')
  // More than the buffers of both systems hold.
  socket.write(Buffer.alloc(32 * MAX_BODY_BYTES))
  await closed
  t.match(Buffer.concat(received).toString(), /^HTTP\/1\.1 400 [^]*\n$/)
})

t.test('clients that do not read their responses take bounded memory for a bounded time', async (t) => {
  const { port, open } = await startByHand(t, { responseMs: 300 }, Buffer.alloc(24 * MAX_BODY_BYTES))
  // Without a listener for data, a socket does not read.
  const readers = [1, 2].map(() => connect(port, '127.0.0.1'))
  for (const reader of readers) reader.write(`GET /long HTTP/1.1\r\n${HOST}\r\n`)
  while ((await send(port, 'HEAD /long', {})).status === 200);
  t.match(await ask(await open()), /^HTTP\/1\.1 200 /, 'what is short is sent to others all the while')
  while ((await send(port, 'HEAD /long', {})).status === 503);
  for (const reader of readers) reader.destroy()
})
