import t from 'tap'
import { socketWords } from '../../src/net/words.js'

t.test('what goes wrong with a socket is said in words', async (t) => {
  t.equal(
    socketWords(Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' })),
    'nobody listens there',
  )
  t.equal(
    socketWords(Object.assign(new Error('odd'), { code: 'EODD' })),
    'odd',
    'what is not known, as the system says it',
  )
  t.equal(socketWords(new Error('no answer')), 'no answer')
})
