import t, { type Test } from 'tap'
import { parseCommand } from '../../src/protocol/command.js'
import { formatGreeting, type Greeting } from '../../src/protocol/greeting.js'
import { LinkEnd } from '../fixtures/link-end.js'
import { report } from '../fixtures/reports.js'
import { PeerListener, type Peer } from '../fixtures/peer.js'

const lime = report('AT Clark +0.1 lime +1+1 1')

async function greetingOf(peer: Peer): Promise<Greeting> {
  const line = await peer.read()
  const command = parseCommand(line)
  if (command.kind !== 'greeting') throw new Error(`no greeting: ${line}`)
  return command.greeting
}

const answer = (from: string, incarnation = '7'): string =>
  `${formatGreeting({ from, to: 'Clark', incarnation })}\n`

async function setUp(t: Test, server = 'Clark', neighbour = 'Juzang'): Promise<[LinkEnd, PeerListener]> {
  const listener = await PeerListener.listen()
  const end = new LinkEnd(server, neighbour, listener.port)
  t.teardown(async () => {
    listener.close()
    await end.stop()
  })
  return [end, listener]
}

t.test('a neighbour that greets back is linked, told and heard', async (t) => {
  const [end, listener] = await setUp(t)
  end.link.dial()
  const peer = await listener.next()
  t.same(await greetingOf(peer), { from: 'Clark', to: 'Juzang', incarnation: '1' })
  peer.write(`${answer('Juzang')}AT first\n`)
  t.equal(await end.next(), 'up')
  t.equal(await end.next(), 'heard AT first')
  peer.write('AT second\n')
  t.equal(await end.next(), 'heard AT second')
  end.toTell.push(lime)
  end.link.flush()
  t.equal(await peer.read(), `${lime.line}\n`)
})

t.test('a neighbour of another kind is linked and told plain AT lines', async (t) => {
  const plain: Record<string, (peer: Peer, greeting: string) => void> = {
    'it answers "? "': (peer, greeting) => {
      peer.write(`? ${greeting}`)
    },
    'it stays silent': () => undefined,
    'it answers with an AT': (peer) => {
      peer.write(`${lime.line}\n`)
    },
    'it sends a line without end': (peer) => {
      peer.write('x'.repeat(20_000))
    },
  }
  for (const [how, react] of Object.entries(plain)) {
    await t.test(how, async (t) => {
      const [end, listener] = await setUp(t)
      end.toTell.push(lime)
      end.link.dial()
      const peer = await listener.next()
      react(peer, await peer.read())
      t.equal(await end.next(), 'up')
      if (how.endsWith('AT')) t.equal(await end.next(), `heard ${lime.line}`)
      t.equal(await peer.read(), `${lime.line}\n`)
    })
  }
})

t.test('a neighbour that closes on a greeting is dialled without one', async (t) => {
  const [end, listener] = await setUp(t)
  end.toTell.push(lime)
  end.link.dial()
  const first = await listener.next()
  await first.read()
  first.end()
  const second = await listener.next()
  t.equal(await second.read(), `${lime.line}\n`)
  t.equal(await end.next(), 'up')
})

t.test('a neighbour that is somebody else is not linked', async (t) => {
  const [end, listener] = await setUp(t)
  end.link.dial()
  const peer = await listener.next()
  peer.write(answer('Oak'))
  t.equal(await end.next(), 'unreachable: it says it is Oak')
  await peer.closed
})

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
  const [end, listener] = await setUp(t)
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

t.test('a link that flaps is dialled later and later, until it has lasted a while', async (t) => {
  const [end, listener] = await setUp(t)
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
  const [end, listener] = await setUp(t)
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
  t.same(await greetingOf(peer), { from: 'Clark', to: 'Bernard', incarnation: '1' })
  peer.write('hello\n')
  t.equal(await end.next(), 'heard hello')
})

t.test('both dial at once', async (t) => {
  await t.test('the greater name gives up its own call', async (t) => {
    const [end, listener] = await setUp(t, 'Clark', 'Bernard')
    end.link.dial()
    const ours = await listener.next()
    const theirs = await end.called('7')
    t.equal(await end.next(), 'up')
    t.equal((await greetingOf(theirs)).from, 'Clark')
    await ours.closed
  })

  await t.test('the lesser name waits for its own call, which then stands', async (t) => {
    const [end, listener] = await setUp(t, 'Amber', 'Bernard')
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
    }
    for (const [way, fail] of Object.entries(ways)) {
      const [end, listener] = await setUp(t, 'Amber', 'Bernard')
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
    const [end, listener] = await setUp(t, 'Amber', 'Bernard')
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

t.test('a neighbour that was started anew, or has lost the link sooner than we, replaces it', async (t) => {
  const [end, listener] = await setUp(t, 'Amber', 'Bernard')
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

t.test('a link that is closed at once is closed at once', async (t) => {
  const [end, listener] = await setUp(t)
  end.link.dial()
  const peer = await listener.next()
  peer.write(answer('Juzang'))
  t.equal(await end.next(), 'up')
  end.link.destroy()
  t.match(await end.next(), /^down/)
})

t.test('a stopped link tells what is left, closes, and dials and accepts no more', async (t) => {
  const [end, listener] = await setUp(t)
  end.link.dial()
  const peer = await listener.next()
  peer.write(answer('Juzang'))
  t.equal(await end.next(), 'up')
  await peer.read()
  const reports = Array.from({ length: 3_000 }, (_, index) => report(`AT Clark +0.1 c${index} +1+1 1`))
  end.toTell.push(...reports)
  const stopped = end.link.stop()
  t.equal(await peer.read('c2999 +1+1 1\n'), reports.map(({ line }) => `${line}\n`).join(''))
  peer.end()
  await stopped
  end.link.dial()
  const late = await end.called('9')
  await late.closed
})

t.test('a link that is stopped while it dials lets go of both calls', async (t) => {
  const [end, listener] = await setUp(t, 'Amber', 'Bernard')
  end.link.dial()
  const ours = await listener.next()
  const theirs = await end.called('7')
  await end.link.stop()
  await ours.closed
  await theirs.closed
})
