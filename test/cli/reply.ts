import t from 'tap'
import { refusalHint, replyJson } from '../../src/cli/reply.js'

t.test('why a command was refused, as far as a client can tell', async (t) => {
  const cases: Record<string, RegExp> = {
    'IAMAT kiwi 34-118 1': /^"34-118" is no position/,
    'ZO\xc3\xab': /^there is no command "ZOë"/,
    'WHATSAT Zo\xc3\xab 10 5': /^Clark has not heard of "Zoë"/,
    'IAMAT kiwi +34-118 9999999999': /^the time 9999999999 may be too far ahead of the clock of Clark/,
    'AT Oak +0.5 kiwi +34-118 1': /^this is what servers say/,
    'STATUS proxyherd': /^Clark is no proxyherd, or tells this only to those who have its herd key$/,
    'LINK 1 Oak Clark 1 0a1b2c3d': /^this is what servers say/,
  }
  for (const [command, hint] of Object.entries(cases)) t.match(refusalHint(command, 'Clark'), hint)
})

t.test('a status is JSON as it is', async (t) => {
  const reply = { kind: 'status', text: 'STATUS {"server":"Clark"}\n', json: '{"server":"Clark"}' } as const
  t.equal(replyJson(reply), '{"kind":"status","status":{"server":"Clark"}}')
})
