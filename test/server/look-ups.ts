import t from 'tap'
import { Places } from '../../src/places/places.js'
import type { PlacesProvider } from '../../src/places/provider.js'
import { anyPorts, CAFE, TestHerd } from '../fixtures/herd.js'
import { HeldPlaces } from '../fixtures/held-places.js'
import { until } from '../fixtures/log.js'

const ALONE = anyPorts({ servers: ['Clark'], links: [] })
const IAMAT = 'IAMAT kiwi +34-118 5\n'

/** The time of one look-up, as long as those of the embedded cities take in a city. */
const LOOK_UP_MS = 1

t.test('an IAMAT does not wait for the look-ups of a crowd', async (t) => {
  let done = 0
  const nearby: PlacesProvider['nearby'] = () => {
    const endsAt = performance.now() + LOOK_UP_MS
    while (performance.now() < endsAt);
    done += 1
    return Promise.resolve(CAFE)
  }
  const places = new Places({ name: 'busy', isLocal: true, nearby })
  const herd = await TestHerd.start(t, { topology: ALONE, places })
  await herd.ask('Clark', IAMAT)
  const clients = 20
  const each = 50
  for (let n = 0; n < clients; n += 1) {
    const client = await herd.client(t, 'Clark')
    client.write(
      Array.from({ length: each }, (_, radius) => `WHATSAT kiwi ${radius}.${10 + n} 20\n`).join(''),
    )
  }
  await until(() => done > 0)
  const before = done
  for (let n = 0; n < 5; n += 1) t.match(await herd.ask('Clark', IAMAT), /^AT Clark /)
  t.ok(done - before < (clients * each) / 2, `${done - before} look-ups meanwhile`)
  await until(() => done === clients * each)
})

t.test('the look-ups of a connection that is closed are not made', async (t) => {
  const provider = new HeldPlaces(1)
  const herd = await TestHerd.start(t, { topology: ALONE, provider })
  await herd.ask('Clark', IAMAT)
  const gone = await herd.client(t, 'Clark')
  gone.write([1, 2, 3].map((radius) => `WHATSAT kiwi ${radius} 20\n`).join(''))
  await until(() => provider.asked.length === 1)
  const closed = (): boolean =>
    herd.logs
      .get('Clark')
      ?.entries.some((entry) => entry.kind === 'client' && entry.what === 'closed' && 'why' in entry) === true
  gone.socket.resetAndDestroy()
  await until(closed)
  const answer = herd.ask('Clark', 'WHATSAT kiwi 4 20\n')
  await provider.answer(1)
  await until(() => provider.asked.length === 2)
  await provider.answer(4)
  t.match(await answer, /^AT Clark /)
  t.same(provider.asked, [1, 4])
})
