import t from 'tap'
import { refusalHint, formatReplyJson } from '../../src/cli/format-reply.js'

t.test('the likely reason for a refusal', async (t) => {
  const cases: Record<string, RegExp> = {
    'IAMAT kiwi 34-118 1': /^position "34-118" is not like/,
    'ZO\xc3\xab': /^unknown command "ZOë"/,
    'WHATSAT Zo\xc3\xab 10 5': /^Clark has no report of "Zoë"/,
    'IAMAT kiwi +34-118 1700000000.000000001':
      /^either the time 1700000000\.000000001 is too far ahead of the clock of Clark .*, or Clark cannot save reports/,
    'IAMAT kiwi +34-118 1700000000': /^Clark probably cannot save reports/,
    'AT Oak +0.5 kiwi +34-118 1': /^only servers send this/,
    'STATUS proxyherd': /^Clark is not a proxyherd server, or answers this only with its herd key$/,
    'LINK 1 Oak Clark 1 0a1b2c3d': /^only servers send this/,
  }
  const now = { seconds: 1_700_000_000, nanoseconds: 0 }
  for (const [command, hint] of Object.entries(cases)) t.match(refusalHint(command, 'Clark', now), hint)
})

t.test('a status is printed as JSON', async (t) => {
  const reply = { kind: 'status', text: 'STATUS {"server":"Clark"}\n', json: '{"server":"Clark"}' } as const
  t.equal(formatReplyJson(reply), '{"kind":"status","status":{"server":"Clark"}}')
})
