import t from 'tap'
import { formatAddress } from '../../src/net/connection.js'
import { LINES_PER_TURN } from '../../src/net/limits.js'
import {
  connectionEnd,
  BEYOND_SOCKET_BUFFERS,
  numbered,
  RecordingOwner,
  untilIdle,
  withLineEnds,
} from '../fixtures/connection-end.js'

t.test('a connection reports lines in turns, and its end, to its owner', async (t) => {
  const { connection, peer } = await connectionEnd(t)
  const owner = new RecordingOwner()
  connection.setOwner(owner)
  t.equal(connection.peer, `127.0.0.1:${peer.socket.localPort}`)
  peer.write('one\ntw')
  await owner.until('line one')
  peer.write('o\n\nlast')
  peer.end()
  await owner.until('ended')
  connection.close()
  await owner.until('closed')
  t.same(
    owner.events.filter((event) => event !== 'turn over'),
    ['line one', 'line two', 'line ', 'line last', 'ended', 'closed'],
  )
  t.same(owner.turns, [['one'], ['two', ''], ['last']], 'a line without end is a turn of its own')
})

t.test('each line is prefetched once, before it is delivered', async (t) => {
  const { connection, peer } = await connectionEnd(t)
  const owner = new RecordingOwner()
  connection.setOwner(owner)
  const batches: number[] = []
  connection.prefetch = ({ count }) => {
    if (count > 0) batches.push(count)
  }
  const lines = numbered(3 * LINES_PER_TURN)
  peer.write(withLineEnds(lines))
  await owner.until(`line ${lines.at(-1)}`)
  t.ok(batches.every((count) => count <= LINES_PER_TURN))
  t.equal(
    batches.reduce((sum, count) => sum + count, 0),
    lines.length,
  )
})

t.test('an overlong line is reported as such; links have a higher limit', async (t) => {
  const { connection, peer } = await connectionEnd(t, 100)
  const owner = new RecordingOwner()
  connection.setOwner(owner)
  const long = 'x'.repeat(101)
  peer.write(`${long}\nshort\n`)
  await owner.until('line short')
  connection.becomeLink()
  peer.write(`${long}\n`)
  await owner.until(`line ${long}`)
  t.same(owner.turns.flat(), [`${'x'.repeat(64)}...`, 'short', long])
})

t.test('bytes and latin1 text are sent as written', async (t) => {
  const { connection, peer } = await connectionEnd(t)
  connection.setOwner(new RecordingOwner())
  connection.write('k\u00efwi ')
  connection.write(Buffer.from([0xff, 0x0a]))
  t.equal(await peer.read(), 'k\u00efwi \u00ff\n')
  t.equal(connection.traffic.sentBytes, 7)
})

t.test('the backlog for a peer that does not read is kept, and reported when it is sent', async (t) => {
  const { connection, peer } = await connectionEnd(t)
  const owner = new RecordingOwner()
  connection.setOwner(owner)
  peer.socket.pause()
  connection.write('x'.repeat(BEYOND_SOCKET_BUFFERS))
  t.equal(connection.backlogBytes, BEYOND_SOCKET_BUFFERS)
  peer.socket.resume()
  await owner.until('drained')
  t.equal(connection.backlogBytes, 0)
  connection.write('y'.repeat(BEYOND_SOCKET_BUFFERS))
  connection.close()
  connection.write('too late')
  t.equal((await peer.closed).length, 2 * BEYOND_SOCKET_BUFFERS, 'also before it is closed')
  peer.end()
  await owner.until('closed')
})

t.test('a connection without an owner sends its backlog, too', async (t) => {
  const { connection, socket, peer } = await connectionEnd(t)
  const drained = new Promise((resolve) => socket.once('drain', resolve))
  peer.socket.pause()
  connection.write('x'.repeat(BEYOND_SOCKET_BUFFERS))
  peer.socket.resume()
  await drained
  t.equal(connection.backlogBytes, 0)
})

t.test('a connection that breaks or is destroyed reports why', async (t) => {
  await t.test('by the peer', async (t) => {
    const { connection, peer } = await connectionEnd(t)
    const owner = new RecordingOwner()
    connection.setOwner(owner)
    peer.socket.resetAndDestroy()
    await owner.until('closed: the connection was reset')
    connection.write('too late')
    await untilIdle()
    t.same(owner.events, ['closed: the connection was reset'], 'and takes nothing more')
  })

  await t.test('by its owner, which receives no more lines', async (t) => {
    const { connection, peer } = await connectionEnd(t)
    const owner = new RecordingOwner((event) => {
      if (event === 'line one') connection.destroy('it has sent enough')
    })
    connection.setOwner(owner)
    peer.write('one\ntwo\n')
    await owner.until('closed: it has sent enough')
    t.same(owner.turns, [['one']])
  })

  await t.test('because it was idle', async (t) => {
    const { connection } = await connectionEnd(t)
    const owner = new RecordingOwner()
    connection.setOwner(owner)
    connection.closeWhenIdle(1)
    await owner.until('closed: idle for too long')
  })
})

t.test('lines of a screened peer that sends commands are delivered as usual', async (t) => {
  for (const text of ['one\ntwo\nlast', 'last']) {
    const lines = text.split('\n').map((line) => `line ${line}`)
    for (const cut of [text.length, 1, 4]) {
      const { connection, peer } = await connectionEnd(t)
      connection.screen()
      const owner = new RecordingOwner()
      connection.setOwner(owner)
      await peer.writeByteByByte(text.slice(0, cut))
      peer.write(text.slice(cut))
      peer.end()
      await owner.until('ended')
      t.same(
        owner.events.filter((event) => event !== 'turn over'),
        [...lines, 'ended'],
      )
    }
  }
})

t.test('no line of a screened peer that speaks a foreign protocol is delivered', async (t) => {
  const cases = { HTTP: 'IAMAT /x HTTP/1.1\nIAMAT kiwi +1+1 5\n', TLS: '\x16\x03\x01\nIAMAT kiwi +1+1 5\n' }
  for (const [protocol, text] of Object.entries(cases)) {
    const { connection, peer } = await connectionEnd(t)
    connection.screen()
    const owner = new RecordingOwner()
    connection.setOwner(owner)
    peer.write(text)
    await owner.until(`foreign ${protocol}`)
    peer.write(text)
    peer.end()
    await owner.until('ended')
    t.same(owner.events, [`foreign ${protocol}`, 'turn over', 'ended'])
  }
})

t.test('a dismissed peer can read the answer even if it keeps sending', async (t) => {
  const { connection, peer } = await connectionEnd(t)
  connection.screen()
  const owner = new RecordingOwner((event) => {
    if (event === 'foreign HTTP') connection.dismiss('no')
  })
  connection.setOwner(owner)
  peer.write(`POST / HTTP/1.1\r\n\r\n${'x'.repeat(BEYOND_SOCKET_BUFFERS)}`)
  t.equal(await peer.closed, 'no')
  peer.write('x'.repeat(BEYOND_SOCKET_BUFFERS))
  peer.end()
  await owner.until('closed')
})

t.test('a dismissed peer that never closes is closed after a while, sending or not', async (t) => {
  for (const sends of [true, false]) {
    const { connection, peer } = await connectionEnd(t)
    connection.screen()
    const owner = new RecordingOwner((event) => {
      if (event === 'foreign HTTP') connection.dismiss('no', 20)
    })
    connection.setOwner(owner)
    peer.socket.pause()
    peer.write('GET / ')
    if (sends) peer.socket.on('drain', () => peer.socket.write('x'.repeat(BEYOND_SOCKET_BUFFERS)))
    if (sends) peer.socket.write('x'.repeat(BEYOND_SOCKET_BUFFERS))
    await owner.until('closed')
  }
})

t.test('lines that have arrived can be read after the connection has closed', async (t) => {
  const { connection, peer } = await connectionEnd(t)
  const owner = new RecordingOwner((event) => {
    if (event.startsWith('closed')) connection.readAll()
  })
  connection.setOwner(owner)
  const lines = numbered(2 * LINES_PER_TURN)
  peer.write(withLineEnds(lines))
  await owner.until('line 0')
  connection.destroy()
  await owner.until('closed')
  t.same(owner.turns.flat(), lines)
})

t.test('addresses are formatted in the usual notation', async (t) => {
  t.equal(formatAddress('127.0.0.1', 12_104), '127.0.0.1:12104')
  t.equal(formatAddress('::1', 12_104), '[::1]:12104')
  t.equal(formatAddress(undefined, undefined), 'unknown:0')
})

t.test('lastReceivedAt is the present while received bytes are unread', async (t) => {
  const { connection, peer } = await connectionEnd(t)
  connection.becomeLink()
  const owner = new RecordingOwner((event) => {
    if (event === 'line one') connection.pause()
  })
  connection.setOwner(owner)
  peer.write('one\ntwo\n')
  await owner.until('line one')
  const before = performance.now()
  t.ok(connection.lastReceivedAt >= before)
  connection.resume()
  await owner.until('line two')
  t.ok(connection.lastReceivedAt < performance.now())
})
