import t from 'tap'
import { Tick } from '../../src/server/tick.js'

/** A tick of some servers, which notes what is done; `parts` is how often there is more of the tables to pass. */
function noted(servers: readonly string[], parts = 0): { tick: Tick; done: string[] } {
  const done: string[] = []
  let left = parts
  const tick = new Tick({
    drain: () => {
      done.push('drain')
      left -= 1
      return left >= 0
    },
  })
  for (const server of servers)
    tick.join({
      flush: () => void done.push(`flush ${server}`),
      reply: () => void done.push(`reply ${server}`),
    })
  return { tick, done }
}

t.test('every server is sent the news of a tick before any server replies', async (t) => {
  const { tick, done } = noted(['Clark', 'Oak'])
  tick.run()
  t.same(done, ['drain', 'flush Clark', 'flush Oak', 'reply Clark', 'reply Oak'])
})

t.test('whatever becomes due in a turn of the event loop is done once, after it', async (t) => {
  const { tick, done } = noted(['Clark'])
  tick.due()
  tick.due()
  t.same(done, [])
  await new Promise(setImmediate)
  t.same(done, ['drain', 'flush Clark', 'reply Clark'])
  await new Promise(setImmediate)
  t.equal(done.length, 3)
})

t.test(
  'a table that is passed in parts goes on in later ticks, and replies do not wait for it',
  async (t) => {
    const { tick, done } = noted(['Clark'], 2)
    tick.run()
    t.same(done, ['drain', 'flush Clark', 'reply Clark'])
    for (let turns = 0; turns < 4; turns += 1) await new Promise(setImmediate)
    t.equal(done.filter((what) => what === 'drain').length, 3)
  },
)

t.test('a server that has left is not asked any more', async (t) => {
  const tick = new Tick({ drain: () => false })
  const server = { flush: () => void t.fail('it has left'), reply: () => void t.fail('it has left') }
  tick.join(server)
  tick.leave(server)
  t.doesNotThrow(() => {
    tick.run()
  })
})
