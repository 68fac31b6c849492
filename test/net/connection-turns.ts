import { setImmediate as turn } from 'node:timers/promises'
import t from 'tap'
import { BYTES_PER_TURN, LINES_PER_TURN, MAX_LINK_LINE_BYTES, TURNS_OF_A_LINK } from '../../src/net/limits.js'
import {
  connectionEnd,
  BEYOND_SOCKET_BUFFERS,
  numbered,
  RecordingOwner,
  untilIdle,
  withLineEnds,
} from '../fixtures/connection-end.js'

t.test('a turn delivers a limited number of lines', async (t) => {
  const { connection, socket, peer } = await connectionEnd(t)
  const pauses: boolean[] = []
  const owner = new RecordingOwner((event) => {
    if (event === 'turn over') pauses.push(socket.isPaused())
  })
  connection.setOwner(owner)
  const lines = numbered(3 * LINES_PER_TURN + 8)
  peer.write(withLineEnds(lines))
  await owner.until(`line ${lines.length - 1}`)
  t.same(owner.turns.flat(), lines)
  t.same(
    owner.turns.map(({ length }) => length),
    [LINES_PER_TURN, LINES_PER_TURN, LINES_PER_TURN, 8],
  )
  t.same(pauses, [false, true, true, true], 'the socket is paused while lines are unread')
  await untilIdle()
  t.equal(socket.isPaused(), false)
})

t.test('a turn delivers a limited number of bytes', async (t) => {
  const { connection, peer } = await connectionEnd(t)
  const owner = new RecordingOwner()
  connection.setOwner(owner)
  const lines = numbered(60).map((line) => line.padStart(999, '-'))
  peer.write(withLineEnds(lines))
  await owner.until(`line ${lines.at(-1) ?? ''}`)
  t.same(owner.turns.flat(), lines)
  // A line is delivered whole even if it exceeds the budget. Of a line that arrived in two chunks, only the second counts.
  const most = Math.ceil(BYTES_PER_TURN / 1_000) + 1
  for (const { length } of owner.turns) t.ok(length <= most, `${length} lines`)
})

t.test('a neighbour has at most two turns per tick, however much arrives', async (t) => {
  const { connection, peer } = await connectionEnd(t)
  let loops = 0
  const inLoop: number[] = []
  const owner = new RecordingOwner((event) => {
    if (event === 'turn over') inLoop.push(loops)
  })
  connection.setOwner(owner)
  connection.becomeLink()
  // A turn reads more than one chunk of these.
  const lines = numbered(BEYOND_SOCKET_BUFFERS / 1_024).map((line) => line.padStart(100, '-'))
  peer.write(withLineEnds(lines))
  while (owner.turns.flat().length < lines.length) {
    await turn()
    loops += 1
  }
  const inTheSame = (loop: number): number => inLoop.filter((each) => each === loop).length
  // One turn when the chunk arrives, and one that was scheduled.
  t.ok(
    inLoop.every((loop) => inTheSame(loop) <= 2),
    inLoop.join(' '),
  )
  t.same(owner.turns.flat(), lines)
})

t.test('the end of a connection is reported even if it arrives between two turns while paused', async (t) => {
  const { connection, socket, peer } = await connectionEnd(t)
  const owner = new RecordingOwner((event) => {
    // As if its end had arrived together with its last line.
    if (event === 'line done') process.nextTick(() => socket.push(null))
  })
  connection.setOwner(owner)
  connection.becomeLink()
  socket.on('end', () => {
    connection.pause()
  })
  peer.write('done\n')
  await owner.until('ended')
  t.same(owner.turns, [['done']])
})

t.test('between two turns of a connection, all others have theirs', async (t) => {
  const flood = await connectionEnd(t)
  const other = await connectionEnd(t)
  const [flooded, owner] = [new RecordingOwner(), new RecordingOwner()]
  flood.connection.setOwner(flooded)
  other.connection.setOwner(owner)
  const lines = numbered(100 * LINES_PER_TURN)
  flood.peer.write(withLineEnds(lines))
  await flooded.until('line 0')
  other.peer.write('FOO\n')
  await owner.until('line FOO')
  const delivered = flooded.turns.flat().length
  t.ok(delivered < lines.length / 2, `${delivered} lines delivered`)
  await flooded.until(`line ${lines.length - 1}`)
  t.same(flooded.turns.flat(), lines)
})

t.test('a link has a longer turn and more read-ahead, and its end is reported after its lines', async (t) => {
  const { connection, socket, peer } = await connectionEnd(t)
  let pauses = 0
  const owner = new RecordingOwner(() => {
    if (socket.isPaused()) pauses += 1
  })
  connection.becomeLink()
  connection.setOwner(owner)
  const lines = numbered(10 * LINES_PER_TURN)
  peer.write(`${withLineEnds(lines)}last`)
  peer.end()
  await owner.until('ended')
  t.same(owner.turns.flat(), [...lines, 'last'])
  t.same(owner.events.slice(-3), ['line last', 'turn over', 'ended'])
  const longest = Math.max(...owner.turns.map(({ length }) => length))
  t.ok(longest > LINES_PER_TURN && longest <= TURNS_OF_A_LINK * LINES_PER_TURN, `${longest} lines`)
  t.equal(pauses, 0)
})

t.test('data that arrives meanwhile causes no second turn in the same tick', async (t) => {
  const { connection, peer } = await connectionEnd(t)
  let now = 0
  const turnsAt: number[] = []
  const owner = new RecordingOwner((event) => {
    if (event === 'turn over') turnsAt.push(now)
  })
  connection.becomeLink()
  connection.setOwner(owner)
  const lines = numbered(500 * LINES_PER_TURN)
  peer.write(withLineEnds(lines))
  for (const last = `line ${lines.length - 1}`; !owner.events.includes(last); now += 1) await turn()
  t.same(owner.turns.flat(), lines)
  t.equal(new Set(turnsAt).size, turnsAt.length)
})

t.test('a paused connection delivers nothing until it is resumed', async (t) => {
  await t.test('from the next line on', async (t) => {
    const { connection, peer } = await connectionEnd(t)
    const owner = new RecordingOwner((event) => {
      if (event === 'line one') connection.pause()
    })
    connection.setOwner(owner)
    peer.write('one\ntwo\n')
    await owner.until('line one')
    peer.write('three\n')
    await untilIdle()
    t.same(owner.turns, [['one']])
    connection.resume()
    await owner.until('line three')
    t.same(owner.turns.flat(), ['one', 'two', 'three'])
  })

  await t.test('between two turns', async (t) => {
    const { connection, peer } = await connectionEnd(t)
    const owner = new RecordingOwner()
    connection.setOwner(owner)
    const lines = numbered(LINES_PER_TURN + 1)
    peer.write(withLineEnds(lines))
    await owner.until('line 0')
    connection.pause()
    await untilIdle()
    t.equal(owner.turns.flat().length, LINES_PER_TURN)
    connection.resume()
    connection.resume()
    await owner.until(`line ${LINES_PER_TURN}`)
    t.same(owner.turns.flat(), lines)
  })

  await t.test('and reads no more from the socket', async (t) => {
    const { connection, peer } = await connectionEnd(t)
    const owner = new RecordingOwner((event) => {
      if (event === 'line one') connection.pause()
    })
    connection.becomeLink()
    connection.setOwner(owner)
    peer.write('one\n')
    await owner.until('line one')
    peer.write(`${'x'.repeat(BEYOND_SOCKET_BUFFERS)}\nlast\n`)
    await untilIdle()
    const { receivedBytes } = connection.traffic
    t.ok(receivedBytes < MAX_LINK_LINE_BYTES / 2, `${receivedBytes} bytes`)
    connection.resume()
    await owner.until('line last')
    t.same(owner.turns.flat(), ['one', `${'x'.repeat(64)}...`, 'last'])
  })
})

t.test('lines that were not delivered yet go only to the new owner', async (t) => {
  await t.test('in the middle of a turn', async (t) => {
    const { connection, peer } = await connectionEnd(t)
    const second = new RecordingOwner()
    const first = new RecordingOwner(() => {
      connection.setOwner(second)
    })
    connection.setOwner(first)
    const lines = numbered(2 * LINES_PER_TURN)
    peer.write(withLineEnds(lines))
    await second.until(`line ${lines.length - 1}`)
    t.same(first.events, ['line 0'])
    t.same(
      second.turns.map(({ length }) => length),
      [LINES_PER_TURN - 1, LINES_PER_TURN],
    )
    t.same(second.turns.flat(), lines.slice(1))
  })
})

t.test('the turn and drain events are optional', async (t) => {
  const { connection, peer } = await connectionEnd(t)
  const lines: number[] = []
  const ended = new Promise<void>((resolve) => {
    connection.setOwner({
      line: ({ end, start }) => lines.push(end - start),
      ended: resolve,
      closed: () => undefined,
    })
  })
  peer.socket.pause()
  connection.write('x'.repeat(BEYOND_SOCKET_BUFFERS))
  peer.socket.resume()
  peer.write('one\nlast')
  peer.end()
  await ended
  t.same(lines, [3, 4])
  connection.close()
  await peer.closed
})
