import t, { type Test } from 'tap'
import { AuthReply, type AuthOutcome } from '../../src/net/auth-reply.js'

/** What the reader makes of a reply, however it is cut. */
function outcomeOf(t: Test, text: string): AuthOutcome {
  const bytes = Buffer.from(text, 'latin1')
  const whole = new AuthReply('secret').push(bytes, bytes.length)
  const cut = new AuthReply('secret')
  t.same(cut.push(Buffer.from('not of it'), 0), { kind: 'pending' })
  let last: AuthOutcome = { kind: 'pending' }
  for (const byte of bytes) if (last.kind === 'pending') last = cut.push(Buffer.of(byte, 0x0a), 1)
  t.equal(last.kind, whole.kind)
  return whole
}

t.test('a token is accepted, not needed, or refused', async (t) => {
  const cases: [text: string, outcome: AuthOutcome][] = [
    ['AUTH phones\n', { kind: 'done', end: 12 }],
    ['AUTH phones\nAT', { kind: 'done', end: 12 }],
    ['AUTH\r\n', { kind: 'done', end: 6 }],
    ['? AUTH secret\n', { kind: 'done', end: 14 }],
    ['? AUTH secret\r\n', { kind: 'done', end: 15 }],
    ['? AUTH\n', { kind: 'refused' }],
    ['? this server accepts TLS only\n', { kind: 'needs TLS' }],
    ['HTTP/1.1 400 Bad Request\r\n', { kind: 'foreign' }],
    ['AUTH pho', { kind: 'pending' }],
    ['x'.repeat(1_025), { kind: 'foreign' }],
  ]
  for (const [text, outcome] of cases) t.same(outcomeOf(t, text), outcome, text)
})
