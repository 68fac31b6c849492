import { Socket } from 'node:net'
import t from 'tap'
import { ClientHost, hostOf, type Slot } from '../../src/net/client-host.js'

t.test('a host is an IPv4 address or an IPv6 network of 64 bits', async (t) => {
  for (const [address, host] of [
    ['10.0.0.1', '10.0.0.1'],
    ['::ffff:10.0.0.1', '10.0.0.1'],
    ['::1', '0:0:0:0'],
    ['fe80::1%eth0', 'fe80:0:0:0'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2'],
    ['2001:db8:1:2::', '2001:db8:1:2'],
    ['2001:db8::1:2:3:4:5', '2001:db8:0:1'],
    [undefined, '0:0:0:0'],
  ] as const)
    t.equal(hostOf(address), host)
})

/** A slot whose connection was accepted at a time, and received its last byte at another, if any. */
function slotOf(since: number, lastArrivalAt?: number): Slot {
  const connection = lastArrivalAt === undefined ? undefined : { lastArrivalAt }
  return { socket: new Socket(), host: '10.0.0.1', since, connection }
}

t.test('the most silent connection is the one whose last byte, or start, is longest ago', async (t) => {
  const host = new ClientHost()
  const slots = [slotOf(1, 9), slotOf(2), slotOf(3, 3), slotOf(4, 8)]
  for (const slot of slots) host.add(slot)
  const order: number[] = []
  while (host.size > 0) {
    const { slot } = host.mostSilent
    order.push(slots.indexOf(slot))
    host.delete(slot)
  }
  t.same(order, [1, 2, 3, 0])
})

t.test(
  'what has sent something, has closed or has come since the last look counts as it is now',
  async (t) => {
    const host = new ClientHost()
    const [first, second, third, fourth] = [slotOf(1), slotOf(2), slotOf(3), slotOf(4)]
    for (const slot of [first, second, third]) host.add(slot)
    t.equal(host.mostSilent.slot, first)
    first.connection = { lastArrivalAt: 5 }
    host.delete(second)
    host.add(fourth)
    t.equal(host.mostSilent.slot, third)
    host.delete(third)
    t.equal(host.mostSilent.slot, fourth)
    host.delete(fourth)
    t.equal(host.mostSilent.slot, first)
  },
)
