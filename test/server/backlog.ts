import t, { type Test } from 'tap'
import { anyPorts, TestHerd } from '../fixtures/herd.js'
import { SlowPlaces } from '../fixtures/slow-places.js'

/** Returns how many of a client's lines a server reads while their replies wait behind a slow look-up. */
async function linesReadDuringLookUp(t: Test, line: string): Promise<number> {
  const provider = new SlowPlaces()
  const herd = await TestHerd.start(t, {
    topology: anyPorts({ servers: ['Clark'], links: [] }),
    provider,
  })
  const client = await herd.client(t, 'Clark')
  const sent = 40_000
  client.write(`IAMAT kiwi +34-118 5\nWHATSAT kiwi 10 5\n${`${line}\n`.repeat(sent)}`)
  const linesRead = (): number =>
    herd.logs.get('Clark')?.entries.filter((entry) => entry.kind === 'in' && entry.line === line).length ?? 0
  // If no further line is read while others are served, reading has stopped.
  let quiet = 0
  while (quiet < 20) {
    const before = linesRead()
    t.equal(await herd.ask('Clark', 'BAR\n'), '? BAR\n')
    quiet = before > 0 && linesRead() === before ? quiet + 1 : 0
  }
  const readMeanwhile = linesRead()
  provider.answer()
  client.end()
  t.equal((await client.closed).split(`? ${line}\n`).length - 1, sent, 'all lines are answered in the end')
  return readMeanwhile
}

t.test('the backlog of one client is bounded, even if its lines are short', async (t) => {
  // The backlog is limited to 1 MiB of replies, with `? ` and line end. The replies of one turn count as 128 bytes more than their text.
  const short = await linesReadDuringLookUp(t, 'x'.repeat(61))
  t.ok(short > 0 && short <= 16_384, `${short} lines`)
  const long = await linesReadDuringLookUp(t, 'x'.repeat(1_021))
  t.ok(long > 0 && long <= 1_024, `${long} lines`)
})
