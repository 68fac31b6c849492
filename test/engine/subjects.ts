import fc from 'fast-check'
import t from 'tap'
import { secretToken } from '../../src/engine/seal.js'
import { carrierOf, reportsOf, Subjects } from '../../src/engine/subjects.js'
import { MAX_REPORT_BYTES } from '../../src/protocol/report.js'
import { deriveFrom } from '../fixtures/derive.js'

/** Tokens that NATS accepts, without wildcards and white space. */
const LEGAL = /^[A-Za-z0-9_~-]+(\.[A-Za-z0-9_~-]+){3}$/

const LONG_NAME = 'a.b-c_'.padEnd(64, 'x')

t.test('the subject of any client is legal, short and its own', async (t) => {
  const id = fc.uint8Array({ minLength: 1, maxLength: 200 })
  for (const tokenOf of [undefined, secretToken(deriveFrom('key'))]) {
    const subjects = new Subjects('h'.repeat(32), LONG_NAME, tokenOf)
    fc.assert(
      fc.property(id, id, (a, b) => {
        const [one, other] = [subjects.ofClient(a), subjects.ofClient(b)]
        return (
          LEGAL.test(one) &&
          one.length < 400 &&
          carrierOf(one) === LONG_NAME &&
          (one === other) === (Buffer.compare(a, b) === 0)
        )
      }),
    )
    for (const length of [1, 95, 96, 97, MAX_REPORT_BYTES])
      t.match(subjects.ofClient(new Uint8Array(length).fill(0xff)), LEGAL, `${length} bytes`)
  }
})

t.test('the names of a herd and a server are in its subjects', async (t) => {
  const subjects = new Subjects('default', 'eu.Clark')
  t.match(subjects, {
    stream: 'herd-default',
    reports: 'herd.default.>',
    notices: 'herd-notice.default.*',
    ownNotices: 'herd-notice.default.eu~Clark',
  })
  t.equal(reportsOf('default', 'eu.Clark'), 'herd.default.eu~Clark')
  t.equal(carrierOf(subjects.ownNotices), 'eu.Clark')
  t.equal(subjects.ofClient(Buffer.from('kiwi')), 'herd.default.eu~Clark.a2l3aQ')
})

t.test('with a key, neither the ID nor a hash of it alone is in a subject', async (t) => {
  const id = Buffer.from('kiwi')
  const [one, other] = ['one', 'other'].map((key) => secretToken(deriveFrom(key))(id))
  t.not(one, other)
  t.equal(one, secretToken(deriveFrom('one'))(id))
})
