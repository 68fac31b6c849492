import { EventEmitter } from 'node:events'
import t from 'tap'
import { processStreams, type RunningProcess } from '../../src/cli/process-streams.js'
import { Screen } from '../fixtures/terminal.js'

/** Stands in for a process, so that this one need not end. */
class StandIn extends EventEmitter implements RunningProcess {
  readonly stdin = process.stdin
  readonly stdout = new Screen(false)
  readonly stderr = process.stderr
  readonly env = { HOME: '/home/kiwi' }
  readonly exits: (number | undefined)[] = []

  exit(code?: number): void {
    this.exits.push(code)
  }
}

t.test('the first signal asks the program to end, the second ends it', async (t) => {
  const running = new StandIn()
  const streams = processStreams(running)
  t.equal(streams.signal.aborted, false)
  running.emit('SIGTERM')
  t.equal(streams.signal.aborted, true)
  t.same(running.exits, [])
  running.emit('SIGINT')
  t.same(running.exits, [1])
})

t.test('when nobody reads the answer any more, the program has done its work', async (t) => {
  const running = new StandIn()
  const { env } = processStreams(running)
  t.same(env, running.env)
  running.stdout.emit('error', new Error('EPIPE'))
  t.same(running.exits, [undefined])
})
