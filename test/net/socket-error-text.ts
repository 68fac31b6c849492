import t from 'tap'
import { socketErrorText } from '../../src/net/socket-error-text.js'

t.test('known error codes have their own text, others the text of the system', async (t) => {
  t.equal(
    socketErrorText(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })),
    'nobody listens there',
  )
  t.equal(socketErrorText(Object.assign(new Error('odd'), { code: 'EODD' })), 'odd')
  t.equal(socketErrorText(new Error('no answer')), 'no answer')
})
