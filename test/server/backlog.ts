import t, { type Test } from 'tap'
import { anyPorts, TestHerd } from '../fixtures/herd.js'
import { SlowPlaces } from '../fixtures/slow-places.js'

/**
 * How many of a client's lines a server hears while their replies wait behind a look-up that takes long, and as many other clients are
 * connected.
 */
async function heardBehindLookUp(t: Test, line: string, others: number): Promise<number> {
  const provider = new SlowPlaces()
  const herd = await TestHerd.start(t, {
    topology: anyPorts({ servers: ['Clark'], links: [] }),
    provider,
  })
  for (let other = 0; other < others; other += 1) await herd.client(t, 'Clark')
  const client = await herd.client(t, 'Clark')
  const sent = 40_000
  client.write(`IAMAT kiwi +34-118 5\nWHATSAT kiwi 10 5\n${`${line}\n`.repeat(sent)}`)
  const heard = (): number =>
    herd.logs.get('Clark')?.entries.filter((entry) => entry.kind === 'in' && entry.line === line).length ?? 0
  // When nothing more is heard of it while others are served, it is not read any more.
  let quiet = 0
  while (quiet < 20) {
    const before = heard()
    t.equal(await herd.ask('Clark', 'BAR\n'), '? BAR\n')
    quiet = before > 0 && heard() === before ? quiet + 1 : 0
  }
  const heardMeanwhile = heard()
  provider.answer()
  client.end()
  t.equal((await client.closed).split(`? ${line}\n`).length - 1, sent, 'all is answered in the end')
  return heardMeanwhile
}

t.test('what waits for one client is bounded, however short its lines', async (t) => {
  // Of replies that wait 1 MiB is kept, `? ` and a line end included; and those of one turn count as 128 bytes beside their text.
  const short = await heardBehindLookUp(t, 'x'.repeat(61), 0)
  t.ok(short > 0 && short <= 16_384, `${short} lines`)
  const long = await heardBehindLookUp(t, 'x'.repeat(1_021), 0)
  t.ok(long > 0 && long <= 1_024, `${long} lines`)
})

t.test('what waits for all of them is bounded, so with many each has less', async (t) => {
  const each = await heardBehindLookUp(t, 'x'.repeat(1_021), 1_023)
  t.ok(each > 0 && each <= 256, `${each} lines`)
})
