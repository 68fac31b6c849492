import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { newHerdKey, parseHerdKeys } from '../../src/net/herd-key.js'
import type { Security } from '../../src/net/acceptor.js'
import { Resolver } from '../../src/net/resolver.js'
import { Door, type Trust } from '../../src/server/door.js'
import { FakeDns } from '../fixtures/fake-dns.js'
import { EntriesLog } from '../fixtures/herd.js'
import { Peer } from '../fixtures/peer.js'

interface Doorway {
  readonly door: Door
  /** Whether the next connection, from 127.0.0.1, may speak as a server. */
  readonly isTrusted: () => Promise<boolean>
}

/** The door of a server whose neighbour Oak is at a host called `oak`. */
async function doorway(t: Test, dns: FakeDns, security: Security = {}): Promise<Doorway> {
  let entered: (trust: Trust) => void = () => undefined
  const door = new Door({
    security,
    neighbourHosts: new Map([['Oak', 'oak']]),
    slots: undefined,
    log: new EntriesLog(),
    enter: ({ connection, trust }) => {
      connection.destroy()
      entered(trust)
    },
    hostsOptions: { resolver: new Resolver(dns.lookUp), minIntervalMs: 0, intervalMs: 3_600_000 },
  })
  const listener = createServer((socket) => {
    door.accept(socket)
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  t.teardown(() => {
    door.close()
    listener.close()
  })
  const isTrusted = async (): Promise<boolean> => {
    const trust = new Promise<Trust>((resolve) => (entered = resolve))
    const peer = await Peer.connect((listener.address() as AddressInfo).port)
    peer.write('\n')
    const { kind } = await trust
    peer.destroy()
    return kind === 'anyone'
  }
  return { door, isTrusted }
}

t.test('a neighbour that has moved is trusted as soon as its host is looked up again', async (t) => {
  const dns = new FakeDns()
  dns.set('oak', '10.0.0.1')
  const { door, isTrusted } = await doorway(t, dns)
  t.equal(await isTrusted(), false)
  dns.set('oak', '127.0.0.1')
  door.lookUpAgain('Oak')
  while (!(await isTrusted())) continue
})

t.test('a neighbour is trusted while its host cannot be looked up', async (t) => {
  const dns = new FakeDns()
  dns.set('oak', '127.0.0.1')
  const { door, isTrusted } = await doorway(t, dns)
  while (!(await isTrusted())) continue
  dns.set('oak')
  const before = dns.asked.length
  door.lookUpAgain('Oak')
  await dns.askedTimes(before + 1)
  t.equal(await isTrusted(), true)
})

t.test('with a herd key, hosts are not looked up', async (t) => {
  const dns = new FakeDns()
  dns.set('oak', '127.0.0.1')
  const { door, isTrusted } = await doorway(t, dns, { keys: parseHerdKeys(newHerdKey(), 'herd.key') })
  door.lookUpAgain('Oak')
  t.equal(await isTrusted(), false)
  t.same(dns.asked, [])
})
