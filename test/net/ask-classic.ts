import t, { type Test } from 'tap'
import { askClassic, type ClassicAnswer } from '../../src/net/ask-classic.js'
import { toText } from '../../src/protocol/bytes.js'
import { Peer, PeerListener } from '../fixtures/peer.js'

const SIGNAL = new AbortController().signal

/** Asks a server for kiwi; returns what it says, and the connection when the question has come. */
async function ask(t: Test, signal = SIGNAL): Promise<{ answer: Promise<string>; peer: Peer }> {
  const listener = await PeerListener.listen()
  t.teardown(() => {
    listener.close()
  })
  const answer = askClassic({ host: '127.0.0.1', port: listener.port }, 'kiwi', signal).then(shown)
  const peer = await listener.next()
  t.equal(await peer.closed, 'WHATSAT kiwi 1 1\n', 'the question is half-closed')
  return { answer, peer }
}

function shown(answer: ClassicAnswer): string {
  if (answer.kind !== 'report') return answer.kind
  const { bytes, start, end } = answer.report
  return toText(bytes, start, end)
}

const AT = 'AT Oak -0.5 kiwi +1+1 5'

const CASES: Readonly<Record<string, string>> = {
  [`${AT}\n{ "results": [`]: AT,
  [`${AT}\r\n`]: AT,
  'AT Oak --0.5 kiwi +1,+1 5.\nmore': AT.replace(' 5', ' 5'),
  [`WHATSAT kiwi 1 1\n${AT}\n`]: AT,
  '? WHATSAT kiwi 1 1\n': 'unknown',
}

t.test('the first line that tells is the answer, though the server does not close', async (t) => {
  for (const [text, expected] of Object.entries(CASES)) {
    const { answer, peer } = await ask(t)
    peer.write(text)
    t.equal(await answer, expected.replace('5.', '5'), text)
  }
})

t.test('a last line needs no end', async (t) => {
  const { answer, peer } = await ask(t)
  peer.write(AT)
  peer.end()
  t.equal(await answer, AT)
})

t.test('an answer that cannot be read is none', async (t) => {
  const texts = ['', 'who?\n', 'AT Oak -0.5 lime +1+1 5\n', 'AT Oak -0.5 kiwi +91+1 5\n']
  for (const text of texts) {
    const { answer, peer } = await ask(t)
    peer.write(text)
    peer.end()
    t.equal(await answer, 'unanswered', text)
  }
})

t.test('an answer that does not end is given up', async (t) => {
  const { answer, peer } = await ask(t)
  peer.write('x'.repeat(70_000))
  t.equal(await answer, 'unanswered')
})

t.test('a question ends with its signal', async (t) => {
  const stop = new AbortController()
  const { answer } = await ask(t, stop.signal)
  stop.abort()
  t.equal(await answer, 'unanswered')
  const listener = await PeerListener.listen()
  const { port } = listener
  listener.close()
  t.match(await askClassic({ host: '127.0.0.1', port }, 'kiwi', stop.signal), { kind: 'unanswered' })
  t.match(await askClassic({ host: '127.0.0.1', port }, 'kiwi', SIGNAL), { kind: 'unanswered' })
})
