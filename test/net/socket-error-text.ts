import t from 'tap'
import { socketErrorText } from '../../src/net/socket-error-text.js'

t.test('what goes wrong with a socket is said in words', async (t) => {
  t.equal(
    socketErrorText(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })),
    'nobody listens there',
  )
  t.equal(
    socketErrorText(Object.assign(new Error('odd'), { code: 'EODD' })),
    'odd',
    'what is not known, as the system says it',
  )
  t.equal(socketErrorText(new Error('no answer')), 'no answer')
})
