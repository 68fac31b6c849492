import type { LookupAddress } from 'node:dns'
import { lookup } from 'node:dns/promises'
import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import { MAX_REMEMBERED_NAMES, Resolver, systemResolver } from '../../src/net/resolver.js'
import { PeerListener } from '../fixtures/peer.js'
import { failure, FakeDns } from '../fixtures/fake-dns.js'

/** The result that a dial gets from the `lookup` of a resolver. */
async function dialled(resolver: Resolver, name: string): Promise<readonly LookupAddress[]> {
  return new Promise((resolve, reject) => {
    resolver.lookup(name, { all: true }, (error, addresses) => {
      if (error) reject(error)
      else resolve(addresses as LookupAddress[])
    })
  })
}

t.test('a dial uses the addresses of an earlier look-up while look-ups fail', async (t) => {
  const dns = new FakeDns()
  const resolver = new Resolver(dns.lookUp)
  await t.rejects(dialled(resolver, 'elm'), { code: 'EAI_AGAIN' }, 'there is none yet')
  dns.set('elm', '10.0.0.1', '2001:db8::1')
  const first = [
    { address: '10.0.0.1', family: 4 },
    { address: '2001:db8::1', family: 6 },
  ]
  t.same(await dialled(resolver, 'elm'), first)
  dns.set('elm')
  t.same(await dialled(resolver, 'elm'), first)
  dns.answer('elm', [])
  t.same(await dialled(resolver, 'elm'), first, 'an answer without addresses is a failure')
  dns.set('elm', '10.0.0.2')
  t.same(await dialled(resolver, 'elm'), [{ address: '10.0.0.2', family: 4 }])
  t.equal(dns.asked.length, 5, 'a name is looked up for every dial')
})

t.test('a dial does not wait long for a look-up if there was an earlier one', async (t) => {
  let isStuck = false
  let end: (addresses: readonly LookupAddress[]) => void = () => undefined
  let asked = 0
  const resolver = new Resolver(async () => {
    asked += 1
    if (!isStuck) return [{ address: '10.0.0.1', family: 4 }]
    return new Promise((resolve) => (end = resolve))
  }, 1)
  await resolver.resolve('elm')
  isStuck = true
  for (let time = 0; time < 3; time += 1) t.match(await dialled(resolver, 'elm'), [{ address: '10.0.0.1' }])
  t.equal(asked, 2, 'look-ups that do not end do not pile up')
  const resolved = resolver.resolve('elm')
  end([{ address: '10.0.0.2', family: 4 }])
  t.match(await resolved, [{ address: '10.0.0.2' }])
  t.match(await dialled(resolver, 'elm'), [{ address: '10.0.0.2' }], 'what they find counts all the same')
})

t.test('simultaneous look-ups of a name are one, even if it fails', async (t) => {
  const dns = new FakeDns()
  const resolver = new Resolver(dns.lookUp)
  const both = await Promise.allSettled([resolver.resolve('elm'), resolver.resolve('elm')])
  t.match(both, [{ status: 'rejected' }, { status: 'rejected' }])
  t.same(dns.asked, ['elm'])
  dns.set('elm', '10.0.0.1')
  await Promise.all([resolver.resolve('elm'), resolver.resolve('elm'), resolver.resolve('elm')])
  t.same(dns.asked, ['elm', 'elm'])
})

t.test('names beyond the limit are not remembered', async (t) => {
  let isDown = false
  const resolver = new Resolver(() =>
    isDown ? Promise.reject(failure()) : Promise.resolve([{ address: '10.0.0.1', family: 4 }]),
  )
  for (let index = 0; index <= MAX_REMEMBERED_NAMES; index += 1) await resolver.resolve(`elm-${index}`)
  await resolver.resolve('elm-0')
  isDown = true
  t.match(await dialled(resolver, 'elm-0'), [{ address: '10.0.0.1' }])
  await t.rejects(dialled(resolver, `elm-${MAX_REMEMBERED_NAMES}`))
})

t.test('a dial that asks for one address gets the first', async (t) => {
  const dns = new FakeDns()
  dns.set('elm', '2001:db8::1', '10.0.0.1')
  const { lookup } = new Resolver(dns.lookUp)
  const given = await new Promise((resolve) => {
    lookup('elm', {}, (...given) => {
      resolve(given)
    })
  })
  t.same(given, [null, '2001:db8::1', 6])
})

t.test('a socket connects through a resolver', async (t) => {
  const dns = new FakeDns()
  dns.set('elm.example', '127.0.0.1')
  const listener = await PeerListener.listen()
  t.teardown(() => {
    listener.close()
  })
  const socket = connect({
    host: 'elm.example',
    port: listener.port,
    lookup: new Resolver(dns.lookUp).lookup,
  })
  await once(socket, 'connect')
  t.equal(socket.remoteAddress, '127.0.0.1')
  socket.destroy()
})

t.test('systemResolver uses the resolver of the system', async (t) => {
  t.same(await systemResolver.resolve('localhost'), await lookup('localhost', { all: true }))
})
