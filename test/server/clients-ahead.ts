import t from 'tap'
import { toText } from '../../src/protocol/bytes.js'
import { clientOf } from '../../src/protocol/report.js'
import { AHEAD_SLICE, findAhead } from '../../src/server/clients-ahead.js'
import { floodAlone } from '../fixtures/floods.js'
import { report } from '../fixtures/reports.js'

t.test('many clients are searched in turns', async (t) => {
  const flood = floodAlone('Clark')
  const count = 2 * AHEAD_SLICE + 1
  for (let number = 0; number < count; number += 1)
    flood.receive(report(`AT Clark +0.1 c${number} +1+1 ${number % AHEAD_SLICE === 0 ? 11 : 10}`))
  const turns: (() => void)[] = []
  const owner = {}
  const parts = {
    flood,
    work: {
      add: (of: object, turn: () => void): void => {
        t.equal(of, owner)
        turns.push(turn)
      },
    },
    now: () => ({ seconds: 10, nanoseconds: 0 }),
    end: () => count,
  }
  const search = async (from: number, limit: number) => {
    const found: string[][] = []
    const next = await findAhead(parts, { owner, from }, ({ report, aheadSeconds }) => {
      if (found.length === limit) return false
      found.push([toText(clientOf(report)), aheadSeconds])
      return true
    })
    return { found, next }
  }
  const work = (): number => {
    let taken = 0
    for (; turns.length > 0; taken += 1) turns.shift()?.()
    return taken
  }
  const all = search(0, 3)
  t.equal(work(), 3)
  t.same(await all, {
    found: [0, AHEAD_SLICE, 2 * AHEAD_SLICE].map((number) => [`c${number}`, '1.000000000']),
    next: undefined,
  })
  const page = search(1, 1)
  t.equal(work(), 2)
  t.same(await page, { found: [[`c${AHEAD_SLICE}`, '1.000000000']], next: 2 * AHEAD_SLICE })
  const beyond = search(count + 1, 1)
  t.equal(work(), 1)
  t.same(await beyond, { found: [], next: undefined })
})
