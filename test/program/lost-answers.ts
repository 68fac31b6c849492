import t from 'tap'
import { freePorts, topologyFile } from '../fixtures/files.js'
import { programs } from '../fixtures/program.js'

const FULL = 'proxyherd: cannot write to standard output: the disk is full\n'

const run = programs(t)
const topology = topologyFile(await freePorts({ servers: ['Clark', 'Oak'], links: [['Clark', 'Oak']] }))
const folder = t.testdir({ 'topology.json': topology })
const env = { PROXYHERD_STATE: `${folder}/state` }
const herd = ['--topology', `${folder}/topology.json`]
await run(['herd', 'up', ...herd], { env }).prints('the link is up')

for (const argv of [
  ['send', 'Clark', 'IAMAT kiwi +34.06-118.44 1621464827.9', ...herd],
  ['logs'],
  ['logs', '-f'],
  ['herd', 'status', ...herd],
  ['herd', 'status', '--watch', '0.01', ...herd],
  ['herd', 'check', ...herd],
  ['bench', '--seconds', '0.1', '--warm-up', '0', '--clients', '10', '--connections', '1', '--yes', ...herd],
  ['key', 'new'],
]) {
  const command = argv.slice(0, 3).join(' ')
  void t.test(`${command} fails on a full disk, and ends quietly without a reader`, async (t) => {
    const full = run(argv, { redirect: '> /dev/full', env })
    const [code] = await Promise.all([full.ended, full.output()])
    t.equal(code, 1)
    t.equal(full.errors, FULL)
    // One after the other, since two runs of "bench" would report the same clients.
    const unread = run(argv, { env })
    unread.process.stdout.destroy()
    t.equal(await unread.ended, 0)
    t.notMatch(unread.errors, 'cannot be written')
  })
}

void t.test('a hint that cannot be written makes the exit code 1, after the answer', async (t) => {
  const refused = run(['send', 'Clark', 'FOO', ...herd], { redirect: '2> /dev/full' })
  const key = run(['key', 'new'], { redirect: '2> /dev/full' })
  t.equal(await refused.output(), '? FOO\n')
  t.equal(await refused.ended, 1)
  t.match(await key.output(), 'proxyherd-key-1')
  t.equal(await key.ended, 1)
})
