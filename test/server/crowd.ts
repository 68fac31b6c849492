import { fork } from 'node:child_process'
import { once } from 'node:events'
import t from 'tap'
import { MAX_CONNECTIONS } from '../../src/net/limits.js'
import { anyPorts, TestHerd } from '../fixtures/herd.js'

const MORE = 20

t.test('connections beyond the limit are closed at once, and those within it are served', async (t) => {
  const herd = await TestHerd.start(t, { topology: anyPorts({ servers: ['Clark'], links: [] }) })
  const client = await herd.client(t, 'Clark')
  // The client's own connection counts.
  const count = MAX_CONNECTIONS - 1 + MORE
  const crowd = fork('test/fixtures/crowd.mjs', [String(herd.port('Clark')), String(count)], { execArgv: [] })
  t.teardown(() => crowd.kill('SIGKILL'))
  t.same(await once(crowd, 'message'), [MORE, undefined])
  client.write('FOO\n')
  t.equal(await client.read(), '? FOO\n')
  const entries = herd.logs
    .get('Clark')
    ?.entries.filter((entry) => entry.kind === 'client' && entry.what === 'refused')
  t.equal(entries?.length, MORE)
  t.match(entries, [{ why: 'too many connections' }])
  crowd.kill('SIGKILL')
  await once(crowd, 'exit')
})
