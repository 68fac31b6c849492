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
  t.same(parseText(formatFeatures()), {
    kind: 'features',
    words: new Set(['pong', 'counts', 'memory', 'clock', 'cutoffs', 'forget']),
  })
  t.same(parseText(formatPing(undefined)), { kind: 'ping', token: undefined })
  t.same(parseText(formatPing(17)), { kind: 'ping', token: 17 })
  t.same(parseText(formatPong(17)), { kind: 'pong', token: 17, clock: undefined })
  const clock = 1_621_464_828_223_371
  t.equal(formatPong(17, clock), 'PONG 17 1621464828223371')
  t.same(parseText(formatPong(17, clock)), { kind: 'pong', token: 17, clock })
})

t.test('LINK opens a link between servers', async (t) => {
  const greeting = { version: '1', from: 'Clark', to: 'Bernard', incarnation: '17', herd: '0a1b2c3d' }
  t.same(parseText(formatGreeting(greeting)), { kind: 'greeting', greeting })
  for (const line of [
    'LINK',
    'LINK 2 Clark',
    'LINK 1 Clark Bernard',
    'LINK 1 a b 1 2',
    'LINK 1 a b x 0a1b2c3d',
    'LINK 1 a b 1 0A1B2C3D',
    'LINK 1 a b 1 0a1b2c3d 2',
    'LINK 1 a b 1 0a1b2c3d 2 3 4 5',
    'LINK x a b 1 0a1b2c3d',
  ])
    t.equal(parseText(line).kind, 'malformed', line)
  const other = { version: '2', from: 'Clark', to: 'Bernard', incarnation: '', herd: '' }
  t.same(parseText('LINK 2 Clark Bernard'), { kind: 'greeting', greeting: other })
  t.same(parseText('LINK 2 Clark Bernard and more'), { kind: 'greeting', greeting: other })
  t.same(parseText('LINK 2 Clark Bernard and more than there is in any version'), {
    kind: 'greeting',
    greeting: other,
  })
})

t.test('each field of a greeting has a form and a length', async (t) => {
  const [version, incarnation, herd] = ['1', '9'.repeat(30), '0a1b2c3d']
  const lineWith = (fields: { version?: string; incarnation?: string; herd?: string }): string =>
    formatGreeting({ from: 'Clark', to: 'Bernard', version, incarnation, herd, ...fields })
  t.equal(parseText(lineWith({})).kind, 'greeting')
  for (const version of ['12', '123456789'])
    t.match(parseText(lineWith({ version })), { kind: 'greeting', greeting: { version } })
  for (const wrong of [
    ...['1x', 'x1', '1234567890'].map((version) => lineWith({ version })),
    ...['1x', 'x1', '9'.repeat(31)].map((incarnation) => lineWith({ incarnation })),
    ...[`${herd}e`, `e${herd}`, herd.slice(1), `${herd.slice(1)}g`].map((herd) => lineWith({ herd })),
  ])
    t.equal(parseText(wrong).kind, 'malformed', wrong)
})

t.test('unknown features are parsed like any others, with any spacing', async (t) => {
  const words = new Set(['pong', 'Vast', 'later'])
  t.same(parseText('FEATURES  pong\t Vast\vlater '), { kind: 'features', words })
})

t.test('white space around the reason of a refusal does not count', async (t) => {
  t.same(parseText('NOLINK \v Vast \t\v\r'), { kind: 'linkRefusal', why: 'Vast' })
  t.same(parseText('NOLINK it is V'), { kind: 'linkRefusal', why: 'it is V' })
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
    'PONG 1 x',
    'PONG x 2',
    'PONG 1 2 3',
    'PONG 1 12345678901234567',
    'PONG 1234567890123456',
  ])
    t.match(parseText(line), { kind: 'malformed' }, line)
})

t.test('an unknown command is malformed with its name', async (t) => {
  t.match(parseText('LATER 1'), { kind: 'malformed', unknown: 'LATER' })
  t.match(parseText('DIGEST x'), { kind: 'malformed', unknown: undefined })
})
