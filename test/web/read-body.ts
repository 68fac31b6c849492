import type { IncomingMessage } from 'node:http'
import { Readable } from 'node:stream'
import t from 'tap'
import { ByteBudget } from '../../src/web/byte-budget.js'
import { UNCOUNTED_BYTES } from '../../src/web/http-limits.js'
import { BUSY, readBody } from '../../src/web/read-body.js'

t.test('a body for which there is no memory is refused', async (t) => {
  const message = Object.assign(Readable.from([Buffer.alloc(UNCOUNTED_BYTES), Buffer.from('}')]), {
    headers: { 'transfer-encoding': 'chunked' },
  }) as unknown as IncomingMessage
  const budget = new ByteBudget(1)
  t.equal(await readBody(message, { budget, isNeeded: true, onBody: () => undefined }), BUSY)
  t.ok(budget.take(UNCOUNTED_BYTES + 1), 'what was taken is given back')
})
