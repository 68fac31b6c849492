import t from 'tap'
import { formatReplyJson } from '../../src/cli/format-reply.js'

t.test('a status is printed as JSON', async (t) => {
  const reply = { kind: 'status', text: 'STATUS {"server":"Clark"}\n', json: '{"server":"Clark"}' } as const
  t.equal(formatReplyJson(reply), '{"kind":"status","status":{"server":"Clark"}}')
})
