import t from 'tap'
import { Load } from '../fixtures/load.js'
import { Peer } from '../fixtures/peer.js'
import { ProcessHerd } from '../fixtures/process-herd.js'
import type { Acknowledged } from '../fixtures/report-history.js'
import { drawSeed } from '../fixtures/seeds.js'
import { assertTruth, WEATHER_TIMEOUT_MS } from '../fixtures/weather.js'

t.setTimeout(WEATHER_TIMEOUT_MS)

const AHEAD = 'Clark'
const HOUR_SECONDS = 3_600
const DAY_SECONDS = 86_400
const CLOCK_AHEAD = ['--import', './test/fixtures/clock-ahead.mjs']

t.test(
  'a server whose clock is an hour ahead: the newest by the clients’ clocks wins everywhere',
  async (t) => {
    const herd = await ProcessHerd.start(t, { flags: ['--no-store'], nodeFlags: { [AHEAD]: CLOCK_AHEAD } })
    const load = new Load(herd.ports, { seed: drawSeed(t), clients: 200, pauseMs: 10 })
    await load.goesOn(2_000)
    // Its clock goes back by an hour, so it starts again before its previous start.
    const killedAt = performance.now()
    await herd.kill(AHEAD)
    await herd.start(AHEAD)
    await herd.linked([AHEAD])
    await load.goesOn(1_000)
    await load.stop()
    await assertTruth(t, herd, load)
    const { acknowledged } = load.history
    const ahead = acknowledged.filter(({ server, at }) => server === AHEAD && at < killedAt)
    const right = acknowledged.filter(({ server, sentAt }) => server !== AHEAD || sentAt > killedAt)
    t.ok(ahead.length > 0 && right.length > 0, 'both were acknowledged')
    t.same(
      ahead.filter((report) => Math.round(clockAhead(report) / HOUR_SECONDS) !== 1),
      [],
      'the skew contains the hour',
    )
    t.same(
      right.filter((report) => Math.round(clockAhead(report) / HOUR_SECONDS) !== 0),
      [],
      'the skew contains no hour',
    )
  },
)

/** How far a server's clock was ahead of this machine's when it received a report, in seconds, according to the skew in its reply. */
function clockAhead({ line, time, at }: Acknowledged): number {
  const skew = line.split(' ')[2]
  return Number(skew) + Number(time) - (performance.timeOrigin + at) / 1_000
}

t.test(
  'the limit on times in the future is applied by the server that receives the report from its client',
  async (t) => {
    const herd = await ProcessHerd.start(t, { flags: ['--no-store'], nodeFlags: { [AHEAD]: CLOCK_AHEAD } })
    // Within the limit of a day for one server, beyond it for the others.
    const time = Math.round(Date.now() / 1_000) + DAY_SECONDS + HOUR_SECONDS / 2
    for (const [name, port] of herd.ports) {
      const client = await Peer.connect(port)
      client.write(`IAMAT ${name} +1+1 ${time}\n`)
      const reply = await client.read()
      t.equal(reply.split(' ')[0], name === AHEAD ? 'AT' : '?', name)
      client.destroy()
    }
    await herd.equal()
    const tables = await herd.tables([...herd.names])
    t.same(
      tables.map((table) => [...table.keys()]),
      herd.names.map(() => [AHEAD]),
      'all others have received the accepted report',
    )
  },
)
