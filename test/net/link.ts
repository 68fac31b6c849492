import t from 'tap'
import { answer, greetingOf, LinkEnd, linkEnd } from '../fixtures/link-end.js'
import { PeerListener, type Peer } from '../fixtures/peer.js'

const lime = 'AT Clark +0.1 lime +1+1 1'

t.test('a neighbour that greets back is linked, told and heard', async (t) => {
  const [end, listener] = await linkEnd(t)
  end.link.dial()
  const peer = await listener.next()
  t.match(await greetingOf(peer), { version: '1', from: 'Clark', to: 'Juzang', incarnation: '1' })
  peer.write(`${answer('Juzang')}AT first\n`)
  t.equal(await end.next(), 'up')
  t.equal(await end.next(), 'heard AT first')
  peer.write('AT second\n')
  t.equal(await end.next(), 'heard AT second')
  end.toTell.push(lime)
  end.link.flush()
  t.equal(await peer.read(), `${lime}\n`)
})

t.test('a neighbour of another kind is linked and told plain AT lines', async (t) => {
  const plain: Record<string, (peer: Peer, greeting: string) => void> = {
    'it answers "? "': (peer, greeting) => {
      peer.write(`? ${greeting}`)
    },
    'it stays silent': () => undefined,
    'it answers with an AT': (peer) => {
      peer.write(`${lime}\n`)
    },
    'it sends a line without end': (peer) => {
      peer.write('x'.repeat(2_000_000))
    },
  }
  for (const [how, react] of Object.entries(plain)) {
    await t.test(how, async (t) => {
      const [end, listener] = await linkEnd(t)
      end.toTell.push(lime)
      end.link.dial()
      const peer = await listener.next()
      react(peer, await peer.read())
      t.equal(await end.next(), 'up')
      if (how.endsWith('AT')) t.equal(await end.next(), `heard ${lime}`)
      t.equal(await peer.read(), `${lime}\n`)
    })
  }
})

t.test('a neighbour that closes on a greeting is dialled without one', async (t) => {
  const [end, listener] = await linkEnd(t)
  end.toTell.push(lime)
  end.link.dial()
  const first = await listener.next()
  await first.read()
  first.end()
  const second = await listener.next()
  t.equal(await second.read(), `${lime}\n`)
  t.equal(await end.next(), 'up')
})

t.test(
  'a connection whose other end has vanished without a word is given up, and dialled again',
  async (t) => {
    const [end, listener] = await linkEnd(t, 'Clark', 'Juzang', 20)
    end.link.dial()
    const vanished = await listener.next()
    vanished.write(answer('Juzang'))
    t.equal(await end.next(), 'up')
    t.equal(await end.next(), 'down: it has said nothing for 0.08 s')
    const back = await listener.next()
    back.write(answer('Juzang'))
    t.equal(await end.next(), 'up')
  },
)

t.test('a neighbour that is not there is dialled again and again, and told of once', async (t) => {
  const gone = await PeerListener.listen()
  const { port } = gone
  gone.close()
  const end = new LinkEnd('Clark', 'Juzang', port)
  end.link.dial()
  t.equal(await end.next(), 'unreachable: nobody listens there')
  const listener = await PeerListener.listen(port)
  t.teardown(async () => {
    listener.close()
    await end.stop()
  })
  const peer = await listener.next()
  peer.write(answer('Juzang'))
  t.equal(await end.next(), 'up')
})

t.test('a link that is lost is dialled again', async (t) => {
  const [end, listener] = await linkEnd(t)
  end.link.dial()
  const first = await listener.next()
  first.write(answer('Juzang'))
  t.equal(await end.next(), 'up')
  first.socket.resetAndDestroy()
  t.match(await end.next(), /^down: the connection was reset/)
  const second = await listener.next()
  second.write(answer('Juzang'))
  t.equal(await end.next(), 'up')
  second.end()
  t.equal(await end.next(), 'down: it closed the connection')
})

t.test('a neighbour that has greeted once is not taken for another kind when it is held up', async (t) => {
  const [end, listener] = await linkEnd(t)
  end.link.dial()
  const first = await listener.next()
  first.write(answer('Juzang'))
  t.equal(await end.next(), 'up')
  first.end()
  t.match(await end.next(), /^down/)
  const silent = await listener.next()
  await silent.read()
  t.match(await silent.closed, '')
  t.equal(await end.next(), 'unreachable: it does not answer')
  const back = await listener.next()
  back.write(answer('Juzang'))
  t.equal(await end.next(), 'up')
})

t.test('a link that flaps is dialled later and later, until it has lasted a while', async (t) => {
  const [end, listener] = await linkEnd(t)
  const dialled = async (): Promise<number> => {
    const peer = await listener.next()
    const at = performance.now()
    peer.write(answer('Juzang'))
    t.equal(await end.next(), 'up')
    peer.end()
    t.match(await end.next(), /^down/)
    return at
  }
  end.link.dial()
  for (let flaps = 0; flaps < 3; flaps += 1) await dialled()
  const [third, fourth] = [performance.now(), await dialled()]
  t.ok(fourth - third >= 190, `${fourth - third} ms`)
  const peer = await listener.next()
  peer.write(answer('Juzang'))
  t.equal(await end.next(), 'up')
  end.now += 6_000
  peer.end()
  t.match(await end.next(), /^down/)
  await dialled()
})

t.test('it is not dialled twice at once, nor again within a moment', async (t) => {
  const [end, listener] = await linkEnd(t)
  end.link.dial()
  end.link.dial()
  const peer = await listener.next()
  peer.write(answer('Juzang'))
  t.equal(await end.next(), 'up')
  end.link.dial()
  peer.write('still here\n')
  t.equal(await end.next(), 'heard still here')
})

t.test('a neighbour whose address is not known is waited for', async (t) => {
  const end = new LinkEnd('Clark', 'Bernard', undefined)
  t.teardown(() => end.stop())
  end.link.dial()
  const peer = await end.called('7')
  t.equal(await end.next(), 'up')
  t.match(await greetingOf(peer), { from: 'Clark', to: 'Bernard', incarnation: '1' })
  peer.write('hello\n')
  t.equal(await end.next(), 'heard hello')
})

t.test('a neighbour that was started anew, or has lost the link sooner than we, replaces it', async (t) => {
  const [end, listener] = await linkEnd(t, 'Amber', 'Bernard')
  end.link.dial()
  const first = await listener.next()
  first.write(answer('Bernard', '7'))
  t.equal(await end.next(), 'up')
  const anew = await end.called('8')
  t.equal(await end.next(), 'down: it has connected anew')
  t.equal(await end.next(), 'up')
  await first.closed
  t.equal((await greetingOf(anew)).from, 'Amber')
  const again = await end.called('8')
  t.equal(await end.next(), 'down: it has connected anew')
  t.equal(await end.next(), 'up')
  await anew.closed
  again.write('hello\n')
  t.equal(await end.next(), 'heard hello')
})

t.test('a call that the neighbour has given up is no link, and takes the place of none', async (t) => {
  const [end] = await linkEnd(t, 'Clark', 'Bernard')
  const live = await end.called('7', {
    before: (peer) => {
      peer.write('early\n')
    },
  })
  t.equal(await end.next(), 'up')
  t.equal(await end.next(), 'heard early')
  for (const said of ['', 'late\n']) {
    const ended = await end.called('7', {
      before: (peer) => {
        peer.write(said)
        peer.end()
      },
    })
    t.match(await ended.closed, /^LINK 1 Clark Bernard/, 'who half-closes is answered')
  }
  const broken = await end.called('7', {
    meanwhile: (peer) => {
      peer.socket.resetAndDestroy()
    },
  })
  await broken.closed
  live.write('still here\n')
  t.equal(await end.next(), 'heard still here')
})

t.test('a link that is closed at once is closed at once', async (t) => {
  const [end, listener] = await linkEnd(t)
  end.link.dial()
  const peer = await listener.next()
  peer.write(answer('Juzang'))
  t.equal(await end.next(), 'up')
  end.link.destroy()
  t.match(await end.next(), /^down/)
})

t.test('a link that is stopped while it dials lets go of both calls', async (t) => {
  const [end, listener] = await linkEnd(t, 'Amber', 'Bernard')
  end.link.dial()
  const ours = await listener.next()
  const theirs = await end.called('7')
  await end.link.stop()
  await ours.closed
  await theirs.closed
})
