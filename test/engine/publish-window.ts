import fc from 'fast-check'
import t from 'tap'
import {
  MAX_UNSTORED_BYTES,
  MAX_UNSTORED_MESSAGES,
  PublishWindow,
  RETRY_MS,
  STORE_TIMEOUT_MS,
} from '../../src/engine/publish-window.js'
import { toText, toBytes } from '../../src/protocol/bytes.js'

const KIWI = toBytes('kiwi')
const FULL = 'maximum bytes exceeded'

/** A window that the stream has refused a message of at the time 0. */
function refused(): PublishWindow {
  const window = new PublishWindow()
  t.same(window.refused(window.published(KIWI, 100, 0), FULL, 0), KIWI)
  return window
}

t.test('unconfirmed messages are limited by their number and by their bytes', async (t) => {
  for (const [bytes, most] of [
    [1, MAX_UNSTORED_MESSAGES],
    [MAX_UNSTORED_BYTES / 8, 8],
  ] as const) {
    const window = new PublishWindow()
    let number = 0
    for (; window.mayPublish;) number = window.published(KIWI, bytes, 0)
    t.equal(window.unstored, most)
    t.notOk(window.mayRepair(0))
    window.stored(number)
    t.ok(window.mayPublish)
    t.ok(window.mayRepair(0))
  }
})

t.test('after a refusal news goes out unconfirmed, and the stream is tried after a pause', async (t) => {
  const window = refused()
  t.match(window, { isLiveOnly: true, fault: FULL, mayPublish: true, unstored: 0 })
  t.notOk(window.mayRepair(RETRY_MS - 1))
  t.equal(window.wakeAt(0), RETRY_MS)
  t.ok(window.mayRepair(RETRY_MS))
  t.equal(window.wakeAt(RETRY_MS), Infinity, 'it is not waiting any more')
  window.published(KIWI, 100, RETRY_MS)
  t.notOk(window.mayRepair(RETRY_MS), 'one attempt at a time')
  t.equal(window.wakeAt(RETRY_MS), RETRY_MS + STORE_TIMEOUT_MS)
})

t.test('live messages that want no confirmation wait until all have left', async (t) => {
  const window = refused()
  window.publishedLive(MAX_UNSTORED_BYTES - 1)
  t.notOk(window.needsFlush)
  window.publishedLive(1)
  t.match(window, { needsFlush: true, mayPublish: false })
  window.flushed()
  t.match(window, { needsFlush: false, mayPublish: true })
})

t.test('after a fault one message is tried, then two, four and so on', async (t) => {
  const window = refused()
  const rounds: number[] = []
  for (let round = 0; round < 7; round += 1) {
    const numbers: number[] = []
    while (window.mayRepair(RETRY_MS)) numbers.push(window.published(KIWI, 1, RETRY_MS))
    rounds.push(numbers.length)
    if (round < 6) t.equal(window.fault, FULL)
    for (const number of numbers) window.stored(number)
  }
  t.same(rounds, [1, 2, 4, 8, 16, 32, 64])
  t.equal(window.fault, undefined)
  t.equal(window.isLiveOnly, false)
})

t.test('what was published before a failure says nothing about what comes after it', async (t) => {
  const window = new PublishWindow()
  const [one, other, third] = [1, 2, 3].map(() => window.published(KIWI, 1, 0)) as [number, number, number]
  window.refused(one, FULL, 0)
  window.stored(other)
  t.ok(window.isLiveOnly)
  window.stored(third)
  window.stored(window.published(KIWI, 1, RETRY_MS))
  t.notOk(window.isLiveOnly)
  t.equal(window.fault, FULL, 'until there is nothing left')
  window.finished()
  t.equal(window.fault, undefined)
})

t.test('a message that is not confirmed in time counts as not stored', async (t) => {
  const window = new PublishWindow()
  const number = window.published(KIWI, 1, 0)
  window.published(toBytes('plum'), 1, 10)
  t.same(window.expire(STORE_TIMEOUT_MS - 1), [])
  t.same(window.expire(STORE_TIMEOUT_MS), [KIWI])
  t.equal(window.fault, 'it does not confirm reports within 5 s')
  t.equal(window.refused(number, FULL, STORE_TIMEOUT_MS), undefined, 'a refusal that is late')
  window.stored(number)
  t.equal(window.unstored, 1)
  window.finished()
  t.ok(window.fault)
})

t.test('when the connection is lost, all that was not confirmed is named', async (t) => {
  const window = refused()
  window.publishedLive(MAX_UNSTORED_BYTES)
  window.published(toBytes('plum'), 1, RETRY_MS)
  t.same(
    window.reset().map((id) => toText(id)),
    ['plum'],
  )
  t.match(window, { unstored: 0, needsFlush: false, isLiveOnly: false, fault: undefined })
  t.equal(window.wakeAt(0), Infinity)
})

t.test('no report is ever forgotten, and limits hold', async () => {
  const step = fc.record({
    what: fc.constantFrom('publish', 'stored', 'refused', 'wait', 'reset'),
    pick: fc.nat(),
  })
  fc.assert(
    fc.property(fc.array(step, { maxLength: 300 }), (steps) => {
      const window = new PublishWindow()
      const open = new Map<number, string>()
      let now = 0
      const returned = (ids: readonly (Uint8Array | undefined)[]): void => {
        for (const id of ids)
          for (const [number, client] of open) if (id && client === toText(id)) open.delete(number)
      }
      for (const { what, pick } of steps) {
        const number = [...open.keys()][pick % Math.max(1, open.size)] ?? 0
        if (what === 'publish' && window.mayRepair(now)) {
          const id = `client ${pick} at ${open.size}`
          open.set(window.published(toBytes(id), 1, now), id)
        } else if (what === 'stored') {
          window.stored(number)
          open.delete(number)
        } else if (what === 'refused') returned([window.refused(number, FULL, now)])
        else if (what === 'wait') {
          now += pick % 3_000
          returned(window.expire(now))
        } else if (what === 'reset') returned(window.reset())
        if (window.unstored !== open.size) return false
      }
      return true
    }),
  )
})
