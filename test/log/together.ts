import t from 'tap'
import type { Traffic } from '../../src/log/entry.js'
import { Together } from '../../src/log/together.js'

const CLARK: Traffic = { kind: 'in', peer: 'neighbour', who: 'Clark' }

interface Gathering {
  readonly together: Together
  /** All that was written: when, of which traffic and how. */
  readonly written: [at: bigint, traffic: Traffic, lines: readonly string[]][]
}

/** Gathers lines by a clock that says how often it was asked. */
function gather(): Gathering {
  let asked = 0n
  const written: Gathering['written'] = []
  const together = new Together(
    () => (asked += 1n),
    (traffic, lines, at) => written.push([at, traffic, lines]),
  )
  return { together, written }
}

/** Resolves when the turn is over. */
const turnOver = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))

t.test('what came in one turn is written at its end, with the time of the first', async (t) => {
  const { together, written } = gather()
  for (const line of ['one', 'two', 'three']) together.add(CLARK, line)
  t.same(written, [])
  await turnOver()
  t.same(written, [[1n, CLARK, ['one', 'two', 'three']]])
  for (const line of ['four', 'five']) together.add({ ...CLARK }, line)
  await turnOver()
  t.same(written.slice(1), [[2n, CLARK, ['four', 'five']]], 'and so it is in the next turn')
})

t.test('what is not alike is written apart, in the order of the first of each, at one time', async (t) => {
  const { together, written } = gather()
  const others: Traffic[] = [
    { ...CLARK, kind: 'out' },
    { ...CLARK, who: 'Oak' },
    { kind: 'in', peer: 'client', who: '127.0.0.1:50112' },
  ]
  for (const other of others) {
    together.add(CLARK, 'one')
    together.add(other, 'two')
  }
  await turnOver()
  t.same(written, [[1n, CLARK, ['one', 'one', 'one']], ...others.map((other) => [1n, other, ['two']])])
})

t.test('no more than 64 lines are written together', async (t) => {
  const { together, written } = gather()
  for (let n = 0; n < 130; n += 1) together.add(CLARK, String(n))
  await turnOver()
  t.same(
    written.map(([, , lines]) => lines.length),
    [64, 64, 2],
  )
  t.same(
    written.flatMap(([, , lines]) => lines),
    Array.from({ length: 130 }, (_, n) => String(n)),
  )
})

t.test('what is gathered can be written at once, and then is not written again', async (t) => {
  for (const traffic of [CLARK, { ...CLARK, kind: 'out' } as const]) {
    const { together, written } = gather()
    together.end()
    t.same(written, [], 'nothing is written as nothing')
    together.add(traffic, 'one')
    together.end()
    t.same(written, [[1n, traffic, ['one']]])
    together.add(traffic, 'two')
    await turnOver()
    await turnOver()
    t.same(written.slice(1), [[2n, traffic, ['two']]])
  }
})
