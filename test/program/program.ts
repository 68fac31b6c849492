import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { freePorts, topologyFile } from '../fixtures/files.js'
import { programs, type Program } from '../fixtures/program.js'
import { isSoak } from '../fixtures/soak.js'
import { CLASSIC } from '../fixtures/topologies.js'

type Run = (...argv: string[]) => Program

/** How long after its reply a report is on the disk of its server: without commits first, ten times the promised time. */
const DURABILITIES = [['commit', 0], ...(isSoak ? [['second', 10_000] as const] : [])] as const

/** A folder with the topology of the classic herd, and how to run the program there. */
async function place(t: Test): Promise<Run> {
  const topology = await freePorts(CLASSIC)
  const run = programs(t)
  const folder = t.testdir({ 'topology.json': topologyFile(topology) })
  const env = { PROXYHERD_STATE: `${folder}/state` }
  return (...argv) => run([...argv, '--topology', `${folder}/topology.json`], { env })
}

t.test('five servers in five processes, one killed and started again', async (t) => {
  const run = await place(t)
  const servers = new Map(CLASSIC.servers.map((name) => [name, run('serve', name)]))
  await Promise.all([...servers.values()].map((server) => server.prints('linked to')))
  const at = await run('send', 'Clark', 'IAMAT kiwi +34.06-118.44 1621464827.9').output()
  t.match(at, /^AT Clark \+\S+ kiwi \+34\.06-118\.44 1621464827\.9\n$/)
  const bernard = servers.get('Bernard')
  bernard?.kill('SIGKILL')
  await bernard?.ended
  const missed = await run('send', 'Clark', 'IAMAT kiwi +35.06-118.44 1621464828').output()
  await run('serve', 'Bernard').prints('linked to')
  const asked = await run('send', 'Bernard', 'WHATSAT kiwi 10 1').output()
  t.ok(asked.startsWith(missed), asked)
})

t.test('a herd in one process that is killed has all reports after a restart', async (t) => {
  const run = await place(t)
  for (const [durability, waitMs] of DURABILITIES) {
    const herd = run('herd', 'up', '--durability', durability)
    await herd.prints('all 6 links are up')
    const replies = new Map<string, string>()
    for (const server of CLASSIC.servers) {
      const client = `${durability}-${server}`
      replies.set(client, await run('send', server, `IAMAT ${client} +34.06-118.44 1621464827.9`).output())
    }
    await delay(waitMs)
    herd.kill('SIGKILL')
    await herd.ended
    const again = run('herd', 'up')
    await again.prints('all 6 links are up')
    const questions = [...replies.keys()].map((client) => `WHATSAT ${client} 10 0`)
    const known = await run('send', 'Johnson', ...questions).output()
    for (const at of replies.values()) t.ok(known.includes(at), at)
    again.kill('SIGTERM')
    await again.ended
  }
})

t.test('SIGINT and SIGTERM end a herd cleanly', async (t) => {
  const run = await place(t)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    const herd = run('herd', 'up')
    await herd.prints('all 6 links are up')
    herd.kill(signal)
    t.equal(await herd.ended, 0, signal)
  }
})

t.test('a second SIGINT ends a herd at once', async (t) => {
  const run = await place(t)
  const herd = run('serve', 'Clark')
  await herd.prints('listens on')
  herd.kill('SIGSTOP')
  herd.kill('SIGINT')
  herd.kill('SIGTERM')
  herd.kill('SIGCONT')
  // The system chooses which of the two comes first.
  t.match(String(await herd.ended), /^(?:130|143)$/)
})

t.test('a reader that goes away is not an error', async (t) => {
  const run = await place(t)
  const herd = run('herd', 'up')
  await herd.prints('all 6 links are up')
  const sending = run('send', 'Clark')
  sending.process.stdout.destroy()
  sending.process.stdin.on('error', () => undefined)
  sending.process.stdin.end('IAMAT kiwi +34.06-118.44 1621464827.9\n'.repeat(1_000))
  t.equal(await sending.ended, 0)
})
