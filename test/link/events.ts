import t from 'tap'
import { isControl } from '../../src/link/events.js'
import { parseText } from '../../src/protocol/command.js'

t.test('greetings, features and heartbeats concern the link itself, and nothing else does', async (t) => {
  const control = [
    'PING',
    'PING 1',
    'PONG 1',
    'FEATURES pong',
    'LINK 1 Clark Oak 1 0a1b2c3d',
    'NOLINK it is Elm',
  ]
  const others = [
    ...['AT Clark +0.1 kiwi +1+1 1', 'LATE AT Clark +0.1 kiwi +1+1 1', 'DIGEST 0123456789abcdef 1'],
    ...['PRUNE Clark', 'IAMAT kiwi +1+1 1', 'WHATSAT kiwi 1 1', 'STATUS proxyherd', 'FOO'],
  ]
  for (const line of control) t.equal(isControl(parseText(line)), true, line)
  for (const line of others) t.equal(isControl(parseText(line)), false, line)
})
