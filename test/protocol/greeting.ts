import t from 'tap'
import { parseText } from '../../src/protocol/command.js'
import {
  formatFeatures,
  formatGreeting,
  formatLinkRefusal,
  formatPing,
  formatPong,
} from '../../src/protocol/greeting.js'

t.test('the lines of the link protocol are parsed back', async (t) => {
  const greeting = { version: '1', from: 'Clark', to: 'Bernard', incarnation: '17', herd: '0a1b2c3d' }
  t.equal(formatGreeting(greeting), 'LINK 1 Clark Bernard 17 0a1b2c3d')
  t.same(parseText(formatGreeting(greeting)), { kind: 'greeting', greeting })
  t.equal(formatLinkRefusal('it is Oak'), 'NOLINK it is Oak')
  t.same(parseText(formatLinkRefusal('it is Oak')), { kind: 'linkRefusal', why: 'it is Oak' })
  t.same(parseText(formatFeatures()), { kind: 'features', words: new Set(['pong', 'counts']) })
  t.same(parseText(formatPing(undefined)), { kind: 'ping', token: undefined })
  t.same(parseText(formatPing(17)), { kind: 'ping', token: 17 })
  t.same(parseText(formatPong(17)), { kind: 'pong', token: 17 })
})

t.test('unknown features are parsed like any others', async (t) => {
  t.same(parseText('FEATURES  pong\tlater '), { kind: 'features', words: new Set(['pong', 'later']) })
})

t.test('a refusal may have no reason', async (t) => {
  t.same(parseText('NOLINK'), { kind: 'linkRefusal', why: '' })
})

t.test('heartbeats take one whole number', async (t) => {
  for (const line of [
    'PING x',
    'PING 1 2',
    'PING -1',
    'PONG',
    'PONG 1.5',
    'PONG 1 2',
    'PONG 1234567890123456',
  ])
    t.match(parseText(line), { kind: 'malformed' }, line)
})

t.test('an unknown command is malformed with its name', async (t) => {
  t.match(parseText('LATER 1'), { kind: 'malformed', unknown: 'LATER' })
  t.match(parseText('DIGEST x'), { kind: 'malformed', unknown: undefined })
})
