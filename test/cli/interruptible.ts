import t from 'tap'
import { interruptible } from '../../src/cli/interruptible.js'

t.test('a function returns its result, or throws its error', async (t) => {
  t.equal(
    interruptible(() => 5),
    5,
  )
  t.throws(() => {
    interruptible(() => {
      throw new Error('out of luck')
    })
  }, new Error('out of luck'))
})

t.test('SIGINT stops a function that takes for ever, and is not seen by listeners', async (t) => {
  let seen = 0
  const listener = (): void => {
    seen += 1
  }
  process.on('SIGINT', listener)
  t.teardown(() => process.off('SIGINT', listener))
  const search = (): boolean => {
    process.kill(process.pid, 'SIGINT')
    return /(x+x+)+y/.test('x'.repeat(60))
  }
  t.equal(interruptible(search), undefined)
  t.equal(seen, 0)
  t.equal(
    interruptible(() => 'goes on'),
    'goes on',
  )
})
