import t from 'tap'
import { answer, greetingOf, LinkEnd, linkEnd } from '../fixtures/link-end.js'

t.test(
  'a neighbour that is somebody else, or does not want the link, is not linked, and says why',
  async (t) => {
    const misfits: Record<string, string> = {
      [answer('Oak')]: 'it says it is Oak',
      [answer('Juzang', '7', { version: '2' })]: 'it speaks version 2 of links, not 1',
      'NOLINK it has no neighbour Clark in its topology\n':
        'it says it has no neighbour Clark in its topology',
    }
    for (const [said, why] of Object.entries(misfits)) {
      const [end, listener] = await linkEnd(t)
      end.link.dial()
      const peer = await listener.next()
      peer.write(said)
      t.equal(await end.next(), `unreachable: ${why}`)
      await peer.closed
      const again = await listener.next()
      again.write(said)
      await again.closed
      const other = await listener.next()
      other.write('NOLINK it is busy\n')
      t.equal(await end.next(), 'unreachable: it says it is busy', 'each reason is told, once')
    }
  },
)

t.test('a neighbour with another topology is linked all the same, but this is told', async (t) => {
  const [end, listener] = await linkEnd(t)
  end.link.dial()
  const peer = await listener.next()
  peer.write(answer('Juzang', '7', { herd: 'ffffffff' }))
  t.equal(await end.next(), 'up, but its topology is not the same')
})

t.test('of two servers of one name, the one that was started earlier is refused, and told why', async (t) => {
  const end = new LinkEnd('Clark', 'Bernard', undefined)
  t.teardown(() => end.stop())
  const later = await end.called('8')
  t.equal(await end.next(), 'up')
  t.match(await greetingOf(later), { from: 'Clark' })
  const earlier = await end.called('7')
  t.equal(
    await earlier.closed,
    'NOLINK it is linked to another server of that name, which was started later\n',
  )
  later.write('hello\n')
  t.equal(await end.next(), 'heard hello')
  later.destroy()
  t.match(await end.next(), /^down/)
  await end.called('7')
  t.equal(await end.next(), 'up', 'when the later one is gone')
})
