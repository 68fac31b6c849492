import { once } from 'node:events'
import { createServer, type Server as Listener, type AddressInfo } from 'node:net'
import { networkInterfaces } from 'node:os'
import t, { type Test } from 'tap'
import { listenAll, type Listening } from '../../src/net/listen-all.js'
import { listen, listenWith, type ListenerEvents } from '../../src/net/listen.js'
import { Resolver } from '../../src/net/resolver.js'
import { FakeDns } from '../fixtures/fake-dns.js'
import { Peer } from '../fixtures/peer.js'

/** The loopback addresses of this machine: ::1 only where there is IPv6. */
const LOOPBACK = ['127.0.0.1', '::1'].filter((wanted) =>
  Object.values(networkInterfaces()).some((all) => all?.some(({ address }) => address === wanted)),
)

/** Why connections could not be accepted. */
const failures: string[] = []

const greet: ListenerEvents = {
  accepted: (socket) => {
    socket.end(`${String(socket.localAddress)}\n`)
  },
  failed: (why) => failures.push(why),
}

/** No machine has these (RFC 5737). */
const ELSEWHERE = ['192.0.2.254', '203.0.113.1']

function closing(t: Test, listening: readonly Listening[]): Listening[] {
  t.teardown(() => {
    for (const { listener } of listening) listener.close()
  })
  return [...listening]
}

function hostsOf(listening: readonly Listening[]): string[] {
  return listening.map(({ address }) => address.host)
}

/** Another program that listens on an address. */
async function squat(t: Test, host: string, port = 0): Promise<Listener> {
  const squatter = createServer()
  squatter.listen(port, host)
  await once(squatter, 'listening')
  t.teardown(() => {
    squatter.close()
  })
  return squatter
}

function portOf(listener: Listener): number {
  return (listener.address() as AddressInfo).port
}

function fails(code: string): Promise<never> {
  return Promise.reject(Object.assign(new Error(code), { code }))
}

t.test('localhost: listens on all loopback addresses, on one port', async (t) => {
  for (const host of ['localhost', 'LocalHost']) {
    const listening = closing(t, await listen('Clark', { host, port: 0 }, greet))
    t.same(hostsOf(listening), LOOPBACK)
    const ports = new Set(listening.map(({ address }) => address.port))
    t.equal(ports.size, 1)
    for (const address of LOOPBACK) {
      const peer = await Peer.connect(listening[0]?.address.port ?? 0, address)
      t.equal(await peer.closed, `${address}\n`)
      peer.destroy()
    }
  }
})

t.test('an address: listens there only', async (t) => {
  const [only, ...others] = closing(t, await listen('Clark', { host: '127.0.0.1', port: 0 }, greet))
  t.equal(only?.address.host, '127.0.0.1')
  t.not(only?.address.port, 0)
  t.same(others, [])
})

t.test('a listener survives errors of accept, and reports the first in a minute', async (t) => {
  const [only] = closing(t, await listen('Clark', { host: '127.0.0.1', port: 0 }, greet))
  for (const code of ['ENOBUFS', 'ENFILE'])
    (only?.listener as Listener).emit('error', Object.assign(new Error(`accept ${code}`), { code }))
  t.same(failures, ['connections cannot be accepted: accept ENOBUFS'])
  const peer = await Peer.connect(only?.address.port ?? 0)
  t.equal(await peer.closed, '127.0.0.1\n')
  peer.destroy()
})

t.test('a name: listens once on each of its addresses that this machine has', async (t) => {
  const dns = new FakeDns()
  dns.set('clark', '203.0.113.1', ...LOOPBACK, '127.0.0.1')
  const resolver = new Resolver(dns.lookUp)
  t.same(hostsOf(closing(t, await listen('Clark', { host: 'clark', port: 0 }, greet, resolver))), LOOPBACK)
})

t.test('a name of another machine, or one that cannot be looked up, is rejected', async (t) => {
  const dns = new FakeDns()
  dns.set('clark', ...ELSEWHERE)
  const resolver = new Resolver(dns.lookUp)
  await t.rejects(listen('Clark', { host: 'clark', port: 12_100 }, greet, resolver), {
    message: 'Clark cannot listen on clark:12100: this machine does not have that address',
    hint: /set "listen" to that of this machine$/,
  })
  await t.rejects(listen('Clark', { host: 'oak', port: 12_100 }, greet, resolver), {
    message: 'Clark cannot listen on oak:12100: the host name cannot be looked up now',
  })
})

t.test('where a flag gives the address, the hint names that', async (t) => {
  const unexpected = (why: string): void => {
    t.fail(why)
  }
  const parts = {
    server: 'Clark',
    purpose: 'listen for HTTP',
    flag: '--http',
    make: () => createServer(),
    failed: unexpected,
  }
  await t.rejects(listenWith(parts, { host: '203.0.113.1', port: 12_100 }), {
    message: 'Clark cannot listen for HTTP on 203.0.113.1:12100: this machine does not have that address',
    hint: 'give Clark an address of this machine and a free port with --http',
  })
})

t.test('a port that is taken on one loopback address is rejected', async (t) => {
  const last = LOOPBACK.at(-1) ?? ''
  const port = portOf(await squat(t, last))
  await t.rejects(listen('Clark', { host: 'localhost', port }, greet), {
    message: `port ${port} is taken, so Clark cannot listen`,
    hint: `see who holds it with "lsof -i :${port}", or give Clark another port in a topology file (--topology)`,
  })
  // The addresses where it could listen are free again.
  for (const host of LOOPBACK.slice(0, -1)) await squat(t, host, port)
})

t.test('port 0 selects a port that is free on all addresses', async (t) => {
  const asked: string[] = []
  const closed: number[] = []
  let nextPort = 1
  const listening = await listenAll(['a', 'b', 'c'], 0, ({ host, port }) => {
    asked.push(`${host}:${port}`)
    if (host === 'b' && port < 3) return fails('EADDRINUSE')
    const given = port === 0 ? nextPort++ : port
    const listener = { close: () => closed.push(given) } as unknown as Listening['listener']
    return Promise.resolve({ listener, address: { host, port: given } })
  })
  t.same(
    listening.map(({ address: { host, port } }) => `${host}:${port}`),
    ['a:3', 'b:3', 'c:3'],
  )
  t.same(asked, ['a:0', 'b:1', 'a:0', 'b:2', 'a:0', 'b:3', 'c:3'])
  t.same(closed, [1, 2])
})

t.test('the number of ports tried is limited', async (t) => {
  let tries = 0
  const never = async (): Promise<Listening> => {
    tries += 1
    return fails('EADDRINUSE')
  }
  await t.rejects(listenAll(['a'], 0, never), { code: 'EADDRINUSE' })
  t.equal(tries, 16)
  await t.rejects(listenAll(['a'], 1, never), { code: 'EADDRINUSE' })
  t.equal(tries, 17, 'and a port that was asked for only once')
})

t.test('any other error ends the attempt', async (t) => {
  const asked: string[] = []
  await t.rejects(
    listenAll(['a', 'b'], 0, ({ host }) => {
      asked.push(host)
      return fails('EACCES')
    }),
    { code: 'EACCES' },
  )
  await t.rejects(
    listenAll(['a'], 0, () => Promise.reject(new Error('odd'))),
    { message: 'odd' },
  )
  t.same(asked, ['a'])
})

t.test('without IPv6, the IPv6 address is skipped', async (t) => {
  const listener = { close: () => undefined } as unknown as Listening['listener']
  const listening = await listenAll(['127.0.0.1', '::1'], 7, (address) =>
    address.host === '::1' ? fails('EAFNOSUPPORT') : Promise.resolve({ listener, address }),
  )
  t.same(hostsOf(listening), ['127.0.0.1'])
  await t.rejects(
    listenAll(['::1', '::2'], 7, ({ host }) => fails(host === '::1' ? 'EAFNOSUPPORT' : 'EADDRNOTAVAIL')),
    { code: 'EAFNOSUPPORT' },
    'the first failure is reported',
  )
})
