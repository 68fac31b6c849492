import t from 'tap'
import { run } from '../../src/cli/run.js'
import { ProcessStandIn } from '../fixtures/process-stand-in.js'

t.test('the program runs with the arguments of its process, and sets its exit code', async (t) => {
  const good = new ProcessStandIn()
  good.argv.push('node', 'proxyherd', '--version')
  await run(good)
  t.match(good.stdout.text, /^\d+\.\d+\.\d+\n$/)
  t.equal(good.exitCode, 0)
  const bad = new ProcessStandIn()
  bad.argv.push('node', 'proxyherd', 'graze')
  await run(bad)
  t.match(bad.stderr.text, /^proxyherd: unknown command 'graze'\n/)
  t.equal(bad.exitCode, 2)
})
