import { fork } from 'node:child_process'
import { once } from 'node:events'
import t from 'tap'
import { MAX_CONNECTIONS, RESERVED_CONNECTIONS } from '../../src/net/limits.js'
import { anyPorts, TestHerd } from '../fixtures/herd.js'

const MORE = 20

const EVICTED = 'there were too many connections, and it had been silent longest'

t.test('a crowd of silent connections locks out nobody', async (t) => {
  const herd = await TestHerd.start(t, { topology: anyPorts({ servers: ['Clark'], links: [] }) })
  const count = MAX_CONNECTIONS + RESERVED_CONNECTIONS + MORE
  const crowd = fork('test/fixtures/crowd.mjs', [String(herd.port('Clark')), String(count)], { execArgv: [] })
  t.teardown(() => crowd.kill('SIGKILL'))
  t.same((await once(crowd, 'message'))[0], 'connected')
  const evicted = (): number =>
    herd.logs.get('Clark')?.entries.filter((entry) => entry.kind === 'client' && entry.why === EVICTED)
      .length ?? 0
  // The last connections may not be accepted yet.
  while (evicted() < MORE) t.equal(await herd.ask('Clark', 'FOO\n'), '? FOO\n')
  t.match(await herd.ask('Clark', 'STATUS proxyherd\n'), /^STATUS \{/)
  crowd.kill('SIGKILL')
  await once(crowd, 'exit')
})
