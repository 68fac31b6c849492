import t from 'tap'
import { formatReplyJson } from '../../src/cli/format-reply.js'

t.test('a status is printed as JSON', async (t) => {
  const reply = { kind: 'status', text: 'STATUS {"server":"Clark"}\n', json: '{"server":"Clark"}' } as const
  t.equal(formatReplyJson(reply), '{"kind":"status","status":{"server":"Clark"}}')
})

t.test('the reply to a NEAR is printed as JSON', async (t) => {
  const lines = ['AT Clark +0.5 kiwi +34-118 5', 'AT Oak +0.5 lime +35-118 5']
  const json = formatReplyJson({ kind: 'near', text: `${lines.join('\n')}\n\n`, lines })
  const kiwi = { client: 'kiwi', position: { latitude: 34, longitude: -118 }, time: '5' }
  t.match(JSON.parse(json), { kind: 'near', reports: [{ server: 'Clark', ...kiwi }, { client: 'lime' }] })
})

t.test('what is forgotten is JSON with the client, and the time if there is one', async (t) => {
  const jsonOf = (line: string): unknown =>
    JSON.parse(formatReplyJson({ kind: 'forgotten', text: `${line}\n`, line }))
  t.same(jsonOf('FORGOTTEN kiwi'), { kind: 'forgotten', client: 'kiwi' })
  t.same(jsonOf('FORGOTTEN kiwi 5.50'), { kind: 'forgotten', client: 'kiwi', until: '5.50' })
})
