import t from 'tap'
import type { Header } from '../../src/engine/envelope.js'
import { MAX_SILENCE_MS, ReceivedNumbers } from '../../src/engine/received-numbers.js'
import { startOf } from '../fixtures/engine.js'

function header(run: number, number: number): Header {
  return { kind: 'report', isSealed: false, start: startOf(run), number }
}

t.test('a gap in the numbers of a run shows that messages were missed', async (t) => {
  const numbers = new ReceivedNumbers()
  numbers.connected(100)
  const cases = [
    { run: 1, number: 1, at: 110, silent: undefined },
    { run: 1, number: 2, at: 120, silent: undefined },
    { run: 2, number: 1, at: 130, silent: undefined },
    { run: 1, number: 4, at: 150, silent: 30 },
    { run: 1, number: 3, at: 160, silent: undefined },
    { run: 1, number: 5, at: 170, silent: undefined },
    { run: 3, number: 2, at: 180, silent: 80 },
  ]
  for (const { run, number, at, silent } of cases)
    t.equal(numbers.receive('Clark', header(run, number), at), silent, `${run}/${number}`)
  t.equal(numbers.receive('Oak', header(1, 1), 200), undefined, 'runs of two carriers are not one')
  numbers.connected(300)
  t.equal(numbers.receive('Clark', header(1, 6), 310), 10)
})

t.test('a run that is silent for too long is forgotten, once', async (t) => {
  const numbers = new ReceivedNumbers()
  numbers.connected(0)
  numbers.receive('Clark', header(1, 1), 0)
  numbers.receive('Oak', header(2, 1), 5)
  numbers.receive('Clark', header(1, 2), 10)
  t.equal(numbers.forgetSilent(MAX_SILENCE_MS + 4), false)
  t.equal(numbers.forgetSilent(MAX_SILENCE_MS + 5), true, 'Oak, which was silent for longest')
  t.equal(numbers.forgetSilent(MAX_SILENCE_MS + 6), false)
  t.equal(numbers.forgetSilent(MAX_SILENCE_MS + 10), true)
})

t.test('the runs that are remembered are limited: the one silent for longest goes', async (t) => {
  const numbers = new ReceivedNumbers()
  numbers.connected(0)
  for (let run = 1; run <= 4_096; run += 1) numbers.receive('Clark', header(run, 1), run)
  numbers.receive('Clark', header(1, 2), 5_000)
  numbers.receive('Clark', header(5_000, 1), 5_001)
  t.equal(numbers.receive('Clark', header(1, 3), 5_002), undefined)
  t.equal(numbers.receive('Clark', header(2, 2), 5_003), 5_003)
})
