import { PassThrough } from 'node:stream'
import t from 'tap'
import type { Entry } from '../../src/log/entry.js'
import { streamLog, type Log } from '../../src/log/log.js'
import { LinkFlaps } from '../../src/server/link-flaps.js'
import type { LinkNews } from '../../src/server/server-options.js'

const LOG = streamLog({ server: 'Clark', clock: () => 0n, level: 'wire' }, new PassThrough())

const up: LinkNews = { server: 'Clark', neighbour: 'Bernard', what: 'up', why: '' }
const lost: LinkNews = { ...up, what: 'lost', why: 'reset' }

t.test('a link that flaps has one line when that begins and one when it is over', async (t) => {
  const passed: LinkNews[] = []
  const logged: Entry[] = []
  const log: Log = {
    write: (entry) => logged.push(entry),
    peer: () => undefined,
    flush: () => Promise.resolve(),
    close: () => Promise.resolve(),
  }
  let resolve: () => void = () => undefined
  const settled = new Promise<void>((done) => (resolve = done))
  const flaps = new LinkFlaps(
    {
      log,
      onLink: (news) => {
        passed.push(news)
        if (passed.length === 11) resolve()
      },
    },
    20,
  )
  for (let n = 0; n < 50; n += 1) {
    flaps.update(up)
    flaps.update(lost)
  }
  flaps.update(up)
  const once = [up, lost, up, lost, up, lost, up, lost, up]
  t.match(passed, [
    ...once,
    { neighbour: 'Bernard', what: 'flapping', why: /^lost 5 times in \d+ s, the last time: reset$/ },
  ])
  // The timer alone does not keep a process running.
  const running = setInterval(() => undefined, 1_000)
  await settled
  clearInterval(running)
  t.same(passed.at(-1), up)
  t.match(logged.slice(-2), [{ what: 'flapping', why: /^lost 5 times/ }, { what: 'up' }])
  t.equal(logged.length, passed.length)
  flaps.update(lost)
  t.same(passed.at(-1), lost, 'counting begins anew')
  flaps.close()
})

t.test('links flap each for itself, and nothing is passed after the end', async (t) => {
  const passed: LinkNews[] = []
  const flaps = new LinkFlaps({ log: LOG, onLink: (news) => passed.push(news) }, 0)
  for (let n = 0; n < 5; n += 1) flaps.update(lost)
  const other = { ...lost, neighbour: 'Elm' }
  flaps.update(other)
  t.same(passed.at(-1), other)
  flaps.close()
  await new Promise((resolve) => setTimeout(resolve, 5))
  t.same(passed.at(-1), other)
})
