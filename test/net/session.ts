import t, { type Test } from 'tap'
import { AWAITED_REPLY_BYTES, LINES_PER_TURN, MAX_UNANSWERED, REPLY_BYTES } from '../../src/net/limits.js'
import { Backlogs } from '../../src/net/backlogs.js'
import { Session, type Answer, type SessionState } from '../../src/net/session.js'
import { toBytes, toText } from '../../src/protocol/bytes.js'
import { textOf } from '../../src/protocol/lines.js'
import { FOREIGN_ANSWER } from '../../src/protocol/opening.js'
import {
  connectionEnd,
  BEYOND_SOCKET_BUFFERS,
  numbered,
  RecordingOwner,
  untilIdle,
  withLineEnds,
  type ConnectionEnd,
} from '../fixtures/connection-end.js'

interface Hosted extends ConnectionEnd {
  readonly session: Session
  /** The lines that were executed, and what the session was when each came. */
  readonly executed: [line: string, state: SessionState][]
  /** The reply events: `replied a b`, `late a b`. */
  readonly replied: string[]
  /** Completes the pending reply to a line. */
  readonly answer: (line: string, reply: string) => void
  /** Resolves with the reason when the session has ended. */
  readonly closed: Promise<string | undefined>
}

/**
 * A session that answers `hello` with `hello!`. Lines that start with `later` are answered when the test calls `answer`, those that start
 * with `AT` not at all. `LINK` hands the connection to another owner, and `CLOSE` closes it.
 */
async function host(
  t: Test,
  { maxBacklogBytes = 1_000_000, backlogLimits = {}, owner = new RecordingOwner() } = {},
): Promise<Hosted> {
  const end = await connectionEnd(t)
  const executed: Hosted['executed'] = []
  const replied: string[] = []
  const waiting = new Map<string, (reply: Uint8Array) => void>()
  let isClosed: (why: string | undefined) => void = () => undefined
  const closed = new Promise<string | undefined>((resolve) => (isClosed = resolve))
  const answerTo = (line: string): Answer => {
    if (line.startsWith('later'))
      return { kind: 'later', reply: new Promise((resolve) => waiting.set(line, resolve)) }
    if (line === 'LINK')
      return {
        kind: 'link',
        accept: () => {
          end.connection.setOwner(owner)
        },
      }
    if (line === 'CLOSE') return { kind: 'close', why: 'no more' }
    return { kind: line.startsWith('AT') ? 'silence' : 'reply' }
  }
  const limits = { client: maxBacklogBytes, all: Infinity, shared: Infinity, few: 0, ...backlogLimits }
  const session = new Session(end.connection, new Backlogs(limits), {
    answer: (line, state, out) => {
      const text = textOf(line)
      executed.push([text, state])
      const answer = answerTo(text)
      if (answer.kind === 'reply') out.text(`${text}!\n`)
      return answer
    },
    due: (session) => {
      setImmediate(() => {
        session.flush()
      })
    },
    repliesSent: (lines) => replied.push(`replied ${toText(lines).trimEnd().replaceAll('\n', ' ')}`),
    lateReplySent: (reply) => replied.push(`late ${toText(reply).trimEnd().replaceAll('\n', ' ')}`),
    foreign: (protocol) => replied.push(`foreign ${protocol}`),
    closed: isClosed,
  })
  const answer = (line: string, reply: string): void => waiting.get(line)?.(toBytes(reply))
  return { ...end, session, executed, replied, answer, closed }
}

const linesOf = ({ executed }: Hosted): string[] => executed.map(([line]) => line)

t.test('lines are answered in order, and those of one turn in one write', async (t) => {
  const { peer, executed, replied } = await host(t)
  peer.write('one\nAT\ntwo\n')
  t.equal(await peer.read('two!\n'), 'one!\ntwo!\n')
  peer.write('three\n')
  t.equal(await peer.read(), 'three!\n')
  t.same(executed, [
    ['one', 'new'],
    ['AT', 'open'],
    ['two', 'open'],
    ['three', 'open'],
  ])
  t.same(replied, ['replied one! two!', 'replied three!'])
})

t.test('a slow reply delays later replies but no earlier ones', async (t) => {
  const { peer, replied, answer } = await host(t)
  peer.write('one\nlater 1\ntwo\nlater 2\nthree\n')
  t.equal(await peer.read(), 'one!\n')
  answer('later 2', 'b\n')
  await untilIdle()
  t.equal(peer.unread, '')
  answer('later 1', 'a\na\n\n')
  t.equal(await peer.read('three!\n'), 'a\na\n\ntwo!\nb\nthree!\n')
  t.same(replied, ['replied one!', 'late a a', 'replied two!', 'late b', 'replied three!'])
})

t.test('after a line that makes the connection a link, lines go to its new owner', async (t) => {
  const owner = new RecordingOwner()
  const { peer, executed, replied } = await host(t, { owner })
  peer.write('LINK\nhello\n')
  await owner.until('line hello')
  t.same(executed, [['LINK', 'new']])
  t.same(replied, [])
})

t.test('a client that half-closes gets all its replies', async (t) => {
  const { peer, answer, closed } = await host(t)
  peer.write('one\nlater\nlast')
  peer.end()
  t.equal(await peer.read(), 'one!\n')
  answer('later', 'a\n')
  t.equal(await peer.closed, 'a\nlast!\n')
  t.equal(await closed, undefined)
})

t.test('a connection is closed once, however many replies were due at the end', async (t) => {
  const { peer, socket, executed, answer, closed } = await host(t)
  const lines = numbered(20).map((n) => `later ${n}`)
  peer.write(withLineEnds(lines))
  peer.end()
  while (executed.length < lines.length) await untilIdle()
  await untilIdle()
  // Closing waits for this event, so each further call would add a listener.
  const awaited: unknown[] = []
  socket.on('newListener', (event) => awaited.push(event))
  for (const line of lines) answer(line, 'a\n')
  t.equal(await peer.closed, 'a\n'.repeat(lines.length))
  await closed
  t.same(awaited, ['finish'])
})

t.test('a client that ends without any reply pending is closed as well', async (t) => {
  for (const lines of ['', 'AT\n']) {
    const { peer, closed } = await host(t)
    peer.write(lines)
    peer.end()
    t.equal(await peer.closed, '')
    t.equal(await closed, undefined)
  }
})

t.test('a stopped session executes no more lines, but answers those it has executed', async (t) => {
  const hosted = await host(t)
  const { session, peer, answer, closed } = hosted
  peer.write('one\nlater\n')
  t.equal(await peer.read(), 'one!\n')
  session.stop()
  peer.write('two\n')
  await untilIdle()
  answer('later', 'a\n')
  t.equal(await peer.closed, 'a\n')
  await closed
  t.same(linesOf(hosted), ['one', 'later'])
})

t.test('a client that disappears is reported, and a later reply for it is ignored', async (t) => {
  const { peer, answer, closed, replied } = await host(t)
  peer.write('one\nlater\n')
  await peer.read()
  peer.socket.resetAndDestroy()
  t.equal(await closed, 'the connection was reset')
  answer('later', 'a\n')
  await untilIdle()
  t.same(replied, ['replied one!', 'late a'])
})

t.test('a client with many pending replies is not read until one is complete', async (t) => {
  const hosted = await host(t, { maxBacklogBytes: 2 * MAX_UNANSWERED * AWAITED_REPLY_BYTES })
  const { peer, answer } = hosted
  const lines = Array.from({ length: MAX_UNANSWERED + 2 }, (_, n) => `later ${n}`)
  peer.write(withLineEnds(lines))
  while (hosted.executed.length === 0) await untilIdle()
  await untilIdle()
  t.same(linesOf(hosted), lines.slice(0, MAX_UNANSWERED))
  answer('later 0', 'a\n')
  t.equal(await peer.read(), 'a\n')
  await untilIdle()
  t.same(linesOf(hosted), lines.slice(0, MAX_UNANSWERED + 1))
})

t.test('a client with too large a backlog of replies is not read', async (t) => {
  await t.test('behind a pending reply', async (t) => {
    const hosted = await host(t, { maxBacklogBytes: AWAITED_REPLY_BYTES + 10 * (REPLY_BYTES + 100) })
    const { peer, answer } = hosted
    // Replies that were sent no longer count.
    for (let n = 1; n <= 20; n += 1) {
      peer.write(`later ${n}\n`)
      await untilIdle()
      answer(`later ${n}`, `${'y'.repeat(1_000)}\n`)
      await peer.read()
    }
    hosted.executed.splice(0)
    const line = 'x'.repeat(98)
    peer.write('later\n')
    for (let n = 1; n <= 20; n += 1) {
      peer.write(`${line}\n`)
      await untilIdle()
    }
    t.equal(hosted.executed.length, 12, 'up to the limit, and the one that exceeds it')
    answer('later', 'a\n')
    t.equal(await peer.read(), 'a\n')
    for (let n = 1; n <= 20; n += 1) t.equal(await peer.read(), `${line}!\n`)
  })

  await t.test('in one turn', async (t) => {
    const hosted = await host(t, { maxBacklogBytes: 1_000 })
    const line = 'x'.repeat(98)
    const { peer, replied } = hosted
    peer.write(`${line}\n`.repeat(25))
    for (let n = 1; n <= 25; n += 1) t.equal(await peer.read(), `${line}!\n`)
    t.same(
      replied.map((replies) => replies.split(' ').length - 1),
      [11, 11, 3],
    )
  })

  await t.test('because it does not read them', async (t) => {
    const hosted = await host(t, { maxBacklogBytes: 100_000 })
    const { connection, peer } = hosted
    peer.socket.pause()
    connection.write('y'.repeat(BEYOND_SOCKET_BUFFERS))
    const lines = numbered(2 * LINES_PER_TURN)
    peer.write(withLineEnds(lines))
    while (hosted.executed.length === 0) await untilIdle()
    await untilIdle()
    t.same(linesOf(hosted), ['0'])
    peer.socket.resume()
    while (hosted.executed.length < lines.length) await untilIdle()
    t.same(linesOf(hosted), lines)
  })
})

t.test(
  'a late reply that is too long for all closes the connection of the client with most unread',
  async (t) => {
    const { peer, answer, closed } = await host(t, { backlogLimits: { all: 2 * AWAITED_REPLY_BYTES } })
    peer.write('later\n')
    await untilIdle()
    peer.socket.pause()
    answer('later', 'y'.repeat(BEYOND_SOCKET_BUFFERS))
    t.equal(await closed, 'it left more replies unread than any other client, and there was no room for more')
  },
)

t.test('commands that wait for replies to be read count for all', async (t) => {
  const { peer, executed, closed } = await host(t, {
    maxBacklogBytes: 1,
    backlogLimits: { all: 2 * AWAITED_REPLY_BYTES },
  })
  peer.write(`later\n${'y'.repeat(100)}\n`.repeat(1_000))
  t.match(await closed, /^it left more replies unread than any other client/)
  t.ok(executed.length < 3, `${executed.length} lines`)
})

t.test('a line may close the connection, and lines after it are not executed', async (t) => {
  const { peer, executed, closed } = await host(t)
  peer.write('CLOSE\ntwo\n')
  t.equal(await peer.closed, '')
  t.equal(await closed, 'no more')
  t.same(executed, [['CLOSE', 'new']])
})

t.test('a client that speaks HTTP or TLS is answered once, in HTTP', async (t) => {
  for (const [protocol, text] of [
    ['HTTP', 'POST / HTTP/1.1\r\n\r\none\n'],
    ['TLS', '\x16\x03\x01\none\n'],
  ] as const) {
    const { connection, peer, executed, replied, closed } = await host(t)
    connection.screen()
    peer.write(text)
    t.equal(await peer.closed, FOREIGN_ANSWER)
    peer.end()
    t.equal(await closed, undefined)
    t.same(executed, [])
    t.same(replied, [`foreign ${protocol}`])
  }
})

t.test('a session that stops does not wait for a client that speaks HTTP', async (t) => {
  const { connection, session, peer, closed } = await host(t)
  connection.screen()
  peer.write('GET / ')
  t.equal(await peer.closed, FOREIGN_ANSWER)
  session.stop()
  t.equal(await closed, undefined)
})
