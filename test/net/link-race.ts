import t from 'tap'
import { answer, greetingOf, linkEnd } from '../fixtures/link-end.js'
import type { Peer } from '../fixtures/peer.js'

t.test('both dial at once', async (t) => {
  await t.test('the greater name gives up its own call', async (t) => {
    const [end, listener] = await linkEnd(t, 'Clark', 'Bernard')
    end.link.dial()
    const ours = await listener.next()
    const theirs = await end.called('7')
    t.equal(await end.next(), 'up')
    t.equal((await greetingOf(theirs)).from, 'Clark')
    await ours.closed
  })

  await t.test('the lesser name waits for its own call, which then stands', async (t) => {
    const [end, listener] = await linkEnd(t, 'Amber', 'Bernard')
    end.link.dial()
    const ours = await listener.next()
    const theirs = await end.called('7')
    ours.write(answer('Bernard'))
    t.equal(await end.next(), 'up')
    t.equal(await theirs.closed, '')
    const again = await end.called('7')
    t.equal(await again.closed, '', 'and so it is when the other call arrives late')
    ours.write('hello\n')
    t.equal(await end.next(), 'heard hello')
  })

  await t.test('unless its own call fails', async (t) => {
    const ways: Record<string, (ours: Peer) => void> = {
      closed: (ours) => {
        ours.destroy()
      },
      'answered by another kind': (ours) => {
        ours.write('? LINK\n')
      },
      'answered by somebody else': (ours) => {
        ours.write(answer('Oak'))
      },
    }
    for (const [way, fail] of Object.entries(ways)) {
      const [end, listener] = await linkEnd(t, 'Amber', 'Bernard')
      end.link.dial()
      const ours = await listener.next()
      const late = await end.called('7')
      const theirs = await end.called('7')
      t.equal(await late.closed, '', 'the later of two calls counts')
      theirs.write('AT early\n')
      fail(ours)
      t.equal(await end.next(), 'up', way)
      t.equal((await greetingOf(theirs)).from, 'Amber')
      t.equal(await end.next(), 'heard AT early')
    }
  })

  await t.test('a call that is withdrawn while it waits is forgotten', async (t) => {
    const [end, listener] = await linkEnd(t, 'Amber', 'Bernard')
    end.link.dial()
    const ours = await listener.next()
    const theirs = await end.called('7')
    theirs.socket.resetAndDestroy()
    await theirs.closed
    ours.destroy()
    const plain = await listener.next()
    t.equal(await end.next(), 'up')
    plain.write('hello\n')
    t.equal(await end.next(), 'heard hello')
  })
})
