import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import t from 'tap'
import { ByteBudget } from '../../src/web/byte-budget.js'
import { BUSY, readBody } from '../../src/web/read-body.js'

t.test('a body for which there is no memory is refused', async (t) => {
  const message = Object.assign(Readable.from([Buffer.from('{'), Buffer.from('}')]), {
    headers: { 'content-length': '2' },
  }) as unknown as IncomingMessage
  const budget = new ByteBudget(1)
  t.equal(await readBody(message, budget, true), BUSY)
  t.ok(budget.take(1), 'what was taken is given back')
})
