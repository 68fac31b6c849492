import t, { type Test } from 'tap'
import { formatEntry } from '../../src/log/entry.js'
import { parseEntry } from '../../src/log/parse-entry.js'
import { isSyncEntry } from '../../src/log/sync-entry.js'
import { anyPorts, TestHerd } from '../fixtures/herd.js'
import { until } from '../fixtures/log.js'

const alone = anyPorts({ servers: ['Clark'], links: [] })

/** What the log of Clark has of connections, once it has stopped: also with an asterisk what `logs` leaves out. */
async function connections(herd: TestHerd): Promise<string[]> {
  await herd.herd.stopAll()
  return (herd.logs.get('Clark')?.entries ?? []).flatMap((entry) =>
    entry.kind === 'client' ? [`${entry.what}${isSyncEntry(entry) ? '*' : ''}`] : [],
  )
}

async function clark(t: Test): Promise<TestHerd> {
  return TestHerd.start(t, { topology: alone })
}

t.test('a connection that asks for STATUS is marked in the log', async (t) => {
  const herd = await clark(t)
  await herd.ask('Clark', 'STATUS proxyherd\n')
  t.same(await connections(herd), ['connected*', 'closed*'])
})

t.test('a connection that sends something else first is not', async (t) => {
  const herd = await clark(t)
  await herd.ask('Clark', 'FOO\nSTATUS proxyherd\n')
  t.same(await connections(herd), ['connected', 'closed'])
})

t.test('a connection that sends nothing is logged after a while', async (t) => {
  const herd = await clark(t)
  const client = await herd.client(t, 'Clark')
  const log = herd.logs.get('Clark')
  await until(() => log?.entries.some(({ kind }) => kind === 'client') === true)
  client.write('STATUS proxyherd\n')
  await client.read()
  client.end()
  await client.closed
  t.same(await connections(herd), ['connected', 'closed'])
})

t.test('a connection that closes without a line is logged, too', async (t) => {
  const herd = await clark(t)
  t.equal(await herd.ask('Clark', ''), '')
  t.same(await connections(herd), ['connected', 'closed'])
})

t.test('the mark is kept in a file', async (t) => {
  const entry = { kind: 'client', what: 'closed', who: '127.0.0.1:1', isForStatus: true } as const
  const line = formatEntry({ time: '2026-11-26T04:21:03.763000Z', server: 'Clark', entry })
  t.same(parseEntry(line)?.entry, entry)
})
