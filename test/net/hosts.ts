import t from 'tap'
import { Hosts } from '../../src/net/hosts.js'

t.test('connections from the addresses of some hosts are told from others', async (t) => {
  const hosts = new Hosts(['10.0.0.1', 'localhost', '2001:db8::7', 'no.such.host.invalid'])
  t.equal(hosts.has('10.0.0.1'), false, 'nothing is known before it is looked up')
  await hosts.watch()
  t.teardown(() => {
    hosts.stop()
  })
  const known = ['10.0.0.1', '::ffff:10.0.0.1', '127.0.0.1', '2001:db8::7', '2001:db8:0::7']
  for (const address of known) t.equal(hosts.has(address), true, address)
  for (const address of ['10.0.0.2', '::ffff:10.0.0.2', '2001:db8::8', undefined, 'localhost'])
    t.equal(hosts.has(address), false, String(address))
})

t.test('a host that listens on all addresses may be on this machine', async (t) => {
  const hosts = new Hosts(['0.0.0.0'])
  await hosts.watch()
  hosts.stop()
  t.equal(hosts.has('127.0.0.1'), true)
  t.equal(hosts.has('10.0.0.1'), false)
})

t.test('names are looked up again and again', async (t) => {
  const names = ['10.0.0.1']
  const hosts = new Hosts(names)
  await hosts.watch(1)
  t.teardown(() => {
    hosts.stop()
  })
  // As if a name had got another address.
  names[0] = '10.0.0.2'
  while (!hosts.has('10.0.0.2')) await new Promise((resolve) => setImmediate(resolve))
  t.equal(hosts.has('10.0.0.1'), false)
})
