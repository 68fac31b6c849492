import t from 'tap'
import { anyPorts, TestHerd } from '../fixtures/herd.js'
import { until } from '../fixtures/log.js'

const PAIR = anyPorts({ servers: ['Clark', 'Oak'], links: [['Clark', 'Oak']] })

t.test('NEAR gives the newest reports nearest first, on every server', async (t) => {
  const herd = await TestHerd.start(t, { topology: PAIR })
  const peer = await herd.client(t, 'Clark')
  const ask = async (commands: string): Promise<string[]> => {
    peer.write(commands)
    const reply = await peer.read('\n\n')
    return reply.split('\n').flatMap((line) => line.split(' ')[3] ?? [])
  }
  const reports = ['far +34.5-118', 'same2 +34-118', 'kiwi +34.001-118', 'same1 +34-118', 'away -34-118']
  await herd.ask('Clark', reports.map((report) => `IAMAT ${report} 5\n`).join(''))
  const near = 'NEAR +34-118 100 10\n'
  t.same(await ask(near), ['same1', 'same2', 'kiwi', 'far'])
  t.same(await ask('NEAR +34-118 100 2\n'), ['same1', 'same2'])
  t.same(await ask('NEAR +34-118 20016 1000\n'), ['same1', 'same2', 'kiwi', 'far', 'away'])
  t.same(await ask(`IAMAT kiwi +34-118 6\n${near}`), ['kiwi', 'kiwi', 'same1', 'same2', 'far'])
  const other = await herd.ask('Oak', near)
  t.equal(other, await herd.ask('Clark', near))
  t.match(other, /^AT Clark \S+ kiwi \+34-118 6\nAT .*\n\n$/s)
  t.equal(await herd.ask('Clark', 'NEAR -80+0 1 10\n'), '\n')
  t.equal(await herd.ask('Clark', 'NEAR 34-118 1 10\n'), '? NEAR 34-118 1 10\n')
})

t.test('what a connection has asked is dropped when it is closed', async (t) => {
  const herd = await TestHerd.start(t, { topology: PAIR })
  await herd.ask('Clark', 'IAMAT kiwi +34-118 5\n')
  const gone = await herd.client(t, 'Clark')
  gone.write('NEAR +34-118 1 10\n'.repeat(20))
  await until(
    () =>
      herd.logs
        .get('Clark')
        ?.entries.some((entry) => entry.kind === 'in' && entry.line.startsWith('NEAR')) === true,
  )
  gone.socket.resetAndDestroy()
  t.match(await herd.ask('Clark', 'NEAR +34-118 1 10\n'), /^AT Clark .*\n\n$/)
})
