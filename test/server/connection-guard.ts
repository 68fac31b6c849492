import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import t, { type Test } from 'tap'
import { newHerdKey, parseHerdKeys } from '../../src/net/herd-key.js'
import type { Security } from '../../src/net/acceptor.js'
import { Resolver } from '../../src/net/resolver.js'
import { ConnectionGuard, type Trust } from '../../src/server/connection-guard.js'
import { FakeDns } from '../fixtures/fake-dns.js'
import { EntriesLog } from '../fixtures/herd.js'
import { Peer } from '../fixtures/peer.js'

interface GuardFixture {
  readonly guard: ConnectionGuard
  /** Whether the next connection, from 127.0.0.1, may speak as a server. */
  readonly isTrusted: () => Promise<boolean>
}

/** The connection guard of a server whose neighbour Oak is at a host called `oak`. */
async function startGuard(t: Test, dns: FakeDns, security: Security = {}): Promise<GuardFixture> {
  let entered: (trust: Trust) => void = () => undefined
  const guard = new ConnectionGuard({
    security,
    neighbourHosts: new Map([['Oak', 'oak']]),
    slots: undefined,
    log: new EntriesLog(),
    admitted: ({ connection, trust }) => {
      connection.destroy()
      entered(trust)
    },
    hostsOptions: { resolver: new Resolver(dns.lookUp), minIntervalMs: 0, intervalMs: 3_600_000 },
  })
  guard.open()
  const listener = createServer((socket) => {
    guard.accept(socket)
  })
  listener.listen(0, '127.0.0.1')
  await once(listener, 'listening')
  t.teardown(() => {
    guard.close()
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
  return { guard, isTrusted }
}

t.test('a neighbour whose address changed is trusted as soon as its host is looked up again', async (t) => {
  const dns = new FakeDns()
  dns.set('oak', '10.0.0.1')
  const { guard, isTrusted } = await startGuard(t, dns)
  t.equal(await isTrusted(), false)
  dns.set('oak', '127.0.0.1')
  guard.lookUpAgain('Oak')
  while (!(await isTrusted())) continue
})

t.test('a neighbour is trusted while its host cannot be looked up', async (t) => {
  const dns = new FakeDns()
  dns.set('oak', '127.0.0.1')
  const { guard, isTrusted } = await startGuard(t, dns)
  while (!(await isTrusted())) continue
  dns.set('oak')
  const before = dns.asked.length
  guard.lookUpAgain('Oak')
  await dns.askedTimes(before + 1)
  t.equal(await isTrusted(), true)
})

t.test('with a herd key, hosts are not looked up', async (t) => {
  const dns = new FakeDns()
  dns.set('oak', '127.0.0.1')
  const { guard, isTrusted } = await startGuard(t, dns, { keys: parseHerdKeys(newHerdKey(), 'herd.key') })
  guard.lookUpAgain('Oak')
  t.equal(await isTrusted(), false)
  t.same(dns.asked, [])
})
