import { mock } from 'node:test'
import t, { type Test } from 'tap'
import {
  Hosts,
  LOOK_UP_INTERVAL_MS,
  MIN_LOOK_UP_INTERVAL_MS,
  type HostsOptions,
} from '../../src/net/hosts.js'
import { Resolver } from '../../src/net/resolver.js'
import { FakeDns } from '../fixtures/fake-dns.js'

/** Longer than any test lasts. */
const NEVER_MS = 3_600_000

/** Watches hosts until the test ends. They have been looked up once. */
async function watched(
  t: Test,
  dns: FakeDns,
  hosts: Record<string, string>,
  options: HostsOptions = {},
): Promise<Hosts> {
  const known = new Hosts(new Map(Object.entries(hosts)), {
    resolver: new Resolver(dns.lookUp),
    intervalMs: NEVER_MS,
    minIntervalMs: NEVER_MS,
    ...options,
  })
  t.teardown(() => {
    known.stop()
  })
  await known.watch()
  return known
}

/** Resolves when the result of a look-up is in use. */
async function turn(): Promise<void> {
  await new Promise((resolve) => setImmediate(resolve))
}

t.test('the servers at an address are found', async (t) => {
  const dns = new FakeDns()
  dns.set('ash.example', '10.0.0.1')
  const hosts = await watched(t, dns, {
    Elm: '10.0.0.1',
    Oak: 'localhost',
    Ash: 'ash.example',
    Yew: '0.0.0.0',
  })
  t.same(hosts.serversAt('::ffff:10.0.0.1'), ['Elm', 'Ash'])
  t.same(hosts.serversAt('::1'), ['Oak', 'Yew'])
  t.same(hosts.serversAt('10.0.0.2'), [])
  t.same(hosts.serversAt(undefined), [])
})

t.test('connections from the addresses of the hosts are recognized', async (t) => {
  const dns = new FakeDns()
  dns.set('ash.example', '10.0.0.3', '2001:db8::3')
  const hosts = await watched(t, dns, {
    Elm: '10.0.0.1',
    Oak: '2001:db8::7',
    Ash: 'ash.example',
    Yew: 'no.such.host.invalid',
    Fir: 'fe80::1%eth0',
  })
  const known = ['10.0.0.1', '::ffff:10.0.0.1', '2001:db8::7', '2001:db8:0::7', '10.0.0.3', '2001:db8::3']
  for (const address of [...known, 'fe80::1%eth0']) t.equal(hosts.has(address), true, address)
  const others = ['10.0.0.2', '::ffff:10.0.0.2', '2001:db8::8', '127.0.0.1', undefined, 'ash.example']
  for (const address of others) t.equal(hosts.has(address), false, String(address))
})

t.test('the addresses of a name expire if look-ups fail for too long', async (t) => {
  const dns = new FakeDns()
  dns.set('ash.example', '10.0.0.3')
  const hosts = await watched(t, dns, { Ash: 'ash.example' }, { minIntervalMs: 0, keepMs: 0 })
  t.equal(hosts.has('10.0.0.3'), true)
  dns.set('ash.example')
  hosts.lookUpAgain('Ash')
  await turn()
  t.equal(hosts.has('10.0.0.3'), false)
})

t.test('addresses and localhost need no look-up', async (t) => {
  const hosts = new Hosts(
    new Map([
      ['Elm', '10.0.0.1'],
      ['Oak', 'LocalHost'],
    ]),
  )
  for (const address of ['10.0.0.1', '127.0.0.1', '::1']) t.equal(hosts.has(address), true, address)
  await hosts.watch()
  hosts.lookUpAgain('Elm')
  hosts.stop()
})

t.test('a host that listens on all addresses may be on this machine', async (t) => {
  const hosts = new Hosts(new Map([['Elm', '0.0.0.0']]))
  t.equal(hosts.has('127.0.0.1'), true)
  t.equal(hosts.has('::1'), true)
  t.equal(hosts.has('10.0.0.1'), false)
})

t.test('names are looked up regularly', async (t) => {
  const dns = new FakeDns()
  dns.set('elm', '10.0.0.1')
  const hosts = await watched(t, dns, { Elm: 'elm' }, { intervalMs: 1, minIntervalMs: 1 })
  dns.set('elm', '10.0.0.2')
  while (!hosts.has('10.0.0.2')) await turn()
  t.equal(hosts.has('10.0.0.1'), false)
})

t.test('a failed look-up keeps the addresses of a name', async (t) => {
  const dns = new FakeDns()
  dns.set('elm', '10.0.0.1')
  dns.set('oak', '10.0.0.2')
  const hosts = await watched(t, dns, { Elm: 'elm', Oak: 'oak' }, { intervalMs: 1, minIntervalMs: 1 })
  dns.set('elm')
  dns.set('oak', '10.0.0.3')
  const before = dns.asked.length
  const failures = (): number => dns.asked.slice(before).filter((name) => name === 'elm').length
  while (failures() < 3 || !hosts.has('10.0.0.3')) await turn()
  t.equal(hosts.has('10.0.0.1'), true)
  t.equal(hosts.has('10.0.0.2'), false)
})

t.test('a name whose first look-up fails is looked up again soon', async (t) => {
  t.ok(MIN_LOOK_UP_INTERVAL_MS <= LOOK_UP_INTERVAL_MS / 10)
  const dns = new FakeDns()
  const hosts = await watched(t, dns, { Elm: 'elm' }, { minIntervalMs: 1 })
  t.equal(hosts.has('10.0.0.1'), false)
  dns.set('elm', '10.0.0.1')
  while (!hosts.has('10.0.0.1')) await turn()
})

t.test('intervals between failed look-ups grow, and start short again at the next failure', async (t) => {
  mock.timers.enable({ apis: ['setTimeout'] })
  t.teardown(() => {
    mock.timers.reset()
  })
  const dns = new FakeDns()
  const hosts = await watched(t, dns, { Elm: 'elm' }, { intervalMs: 30_000, minIntervalMs: 1_000 })
  const nextAfter = async (pauseMs: number): Promise<void> => {
    const before = dns.asked.length
    mock.timers.tick(pauseMs - 1)
    t.equal(dns.asked.length, before, `not within ${pauseMs} ms`)
    mock.timers.tick(1)
    t.equal(dns.asked.length, before + 1, `after ${pauseMs} ms`)
    await turn()
  }
  for (const seconds of [1, 2, 4, 8, 16, 30]) await nextAfter(seconds * 1_000)
  dns.set('elm', '10.0.0.1')
  await nextAfter(30_000)
  t.equal(hosts.has('10.0.0.1'), true)
  dns.set('elm')
  for (const seconds of [30, 1, 2]) await nextAfter(seconds * 1_000)
  hosts.stop()
  mock.timers.tick(NEVER_MS)
  t.equal(dns.asked.length, 11, 'not after it was stopped')
})

t.test('a host that may have moved is looked up at once, but not too often', async (t) => {
  const dns = new FakeDns()
  dns.set('elm', '10.0.0.1')
  dns.set('oak', '10.0.0.2')
  const often = await watched(t, dns, { Elm: 'elm', Oak: 'oak' }, { minIntervalMs: 0 })
  dns.set('elm', '10.0.0.3')
  often.lookUpAgain('Elm')
  t.same(dns.asked, ['elm', 'oak', 'elm'], 'at once, and only that one')
  often.lookUpAgain('Elm')
  t.equal(dns.asked.length, 3, 'not while a look-up of it is under way')
  await turn()
  t.equal(often.has('10.0.0.3'), true)
  const before = dns.asked.length
  often.lookUpAgain('Ash')
  often.stop()
  often.lookUpAgain('Elm')
  t.equal(dns.asked.length, before, 'nor a server that is not known, nor after the end')
})

t.test('a host that was just looked up is looked up again after the shortest interval', async (t) => {
  const dns = new FakeDns()
  dns.set('elm', '10.0.0.1')
  const rarely = await watched(t, dns, { Elm: 'elm' })
  dns.set('elm', '10.0.0.2')
  for (let time = 0; time < 3; time += 1) rarely.lookUpAgain('Elm')
  await turn()
  t.same(dns.asked, ['elm'])
  const hosts = await watched(t, dns, { Elm: 'elm' }, { minIntervalMs: 100 })
  dns.set('elm', '10.0.0.3')
  for (let time = 0; time < 3; time += 1) hosts.lookUpAgain('Elm')
  await dns.askedTimes(3)
  await turn()
  t.equal(hosts.has('10.0.0.3'), true)
})

t.test('a look-up that ends after stop starts no timer', async (t) => {
  const dns = new FakeDns()
  dns.set('elm', '10.0.0.1')
  const hosts = new Hosts(new Map([['Elm', 'elm']]), { resolver: new Resolver(dns.lookUp), minIntervalMs: 1 })
  const looked = hosts.watch()
  hosts.stop()
  await looked
  t.same(dns.asked, ['elm'])
})
