import inspector from 'node:inspector'
import { constants } from 'node:os'
import t from 'tap'
import { processStreams } from '../../src/cli/process-streams.js'
import { UncaughtError } from '../../src/cli/streams.js'
import { ProcessStandIn } from '../fixtures/process-stand-in.js'

/** A system on which nothing happens by itself. */
const SYSTEM = { now: () => 0, isTerminal: () => true, afterStart: () => undefined }

const END_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGUSR2'] as const

t.test('the first signal asks the program to end, the second ends it', async (t) => {
  for (const [index, name] of END_SIGNALS.entries()) {
    const running = new ProcessStandIn()
    const streams = processStreams(running)
    t.same(streams.env, running.env)
    t.equal(streams.signal.aborted, false)
    running.emit(name)
    t.equal(streams.signal.aborted, true, name)
    t.same(running.exits, [])
    const second = END_SIGNALS[(index + 1) % END_SIGNALS.length] ?? name
    running.emit(second)
    t.same(running.exits, [128 + constants.signals[second]], 'as shells show it: 130 for Ctrl-C')
    t.equal(running.stderr.text, '')
  }
})

t.test('a signal that npm forwards is not a second one', async (t) => {
  let now = 1_000
  const running = new ProcessStandIn({ npm_lifecycle_event: 'start' })
  const { signal } = processStreams(running, { ...SYSTEM, now: () => now })
  running.emit('SIGINT')
  now += 299
  running.emit('SIGINT')
  t.equal(signal.aborted, true)
  t.same(running.exits, [])
  now += 300
  running.emit('SIGINT')
  t.same(running.exits, [130])
  running.emit('SIGTERM')
  t.same(running.exits, [130, 143], 'another signal is not the same one again')
})

t.test('SIGHUP reloads a program that keeps running, until it is asked to end', async (t) => {
  const running = new ProcessStandIn()
  const { signal, keepRunning } = processStreams(running)
  let reloads = 0
  keepRunning(() => (reloads += 1))
  running.emit('SIGHUP')
  running.emit('SIGHUP')
  t.equal(reloads, 2)
  t.equal(signal.aborted, false)
  running.emit('SIGTERM')
  running.emit('SIGHUP')
  t.equal(reloads, 2)
  t.same(running.exits, [])
})

t.test('SIGHUP ends a program that was started on a terminal or that runs only once', async (t) => {
  for (const isTTY of [true, false]) {
    const running = new ProcessStandIn()
    running.stdin.isTTY = isTTY
    const { signal, keepRunning } = processStreams(running)
    if (isTTY)
      keepRunning(() => {
        t.fail('it must not reload')
      })
    running.emit('SIGHUP')
    t.equal(signal.aborted, true)
    // The kernel and a shell may each send one when a terminal is closed.
    running.emit('SIGHUP')
    t.same(running.exits, [])
  }
})

t.test('SIGUSR1 does nothing, and an inspector that it opened early is closed', async (t) => {
  inspector.open(0, '127.0.0.1')
  const running = new ProcessStandIn()
  const deferred: (() => void)[] = []
  const { signal } = processStreams(running, { ...SYSTEM, afterStart: (action) => deferred.push(action) })
  for (const action of [...deferred, ...deferred]) action()
  t.equal(inspector.url(), undefined)
  t.equal(running.emit('SIGUSR1'), true, 'it has a listener')
  t.equal(signal.aborted, false)
})

t.test('an inspector that --inspect opened stays open', async (t) => {
  inspector.open(0, '127.0.0.1')
  t.teardown(() => {
    inspector.close()
  })
  for (const isFlag of [true, false]) {
    const running = new ProcessStandIn(isFlag ? {} : { NODE_OPTIONS: '--inspect-brk' })
    if (isFlag) running.execArgv.push('--inspect=9230')
    processStreams(running, {
      ...SYSTEM,
      afterStart: (action) => {
        action()
      },
    })
    t.type(inspector.url(), 'string')
  }
})

t.test('the program ends quietly when the reader of its answer is gone', async (t) => {
  const running = new ProcessStandIn()
  processStreams(running)
  running.fail('stdout', 'EPIPE')
  t.same(running.exits, [undefined])
  t.equal(running.stderr.text, '')
})

t.test('the program ends with 1 and a message when its answer cannot be written', async (t) => {
  const cases = { ENOSPC: 'the disk is full', EIO: 'write EIO' }
  for (const [code, words] of Object.entries(cases)) {
    const running = new ProcessStandIn()
    processStreams(running)
    running.fail('stdout', code)
    t.same(running.exits, [1])
    t.equal(running.stderr.text, `proxyherd: cannot write to standard output: ${words}\n`)
  }
})

t.test(
  'a lost message does not end the program, but the exit code is 1 unless the reader is gone',
  async (t) => {
    for (const [code, exitCode] of [
      ['ENOSPC', 1],
      ['EPIPE', undefined],
    ] as const) {
      const running = new ProcessStandIn()
      processStreams(running)
      running.fail('stderr', code)
      t.same(running.exits, [])
      running.emit('exit')
      t.equal(running.exitCode, exitCode)
    }
  },
)

t.test('a program that keeps running survives the loss of its outputs and reports it once', async (t) => {
  const cases = { ENOSPC: 'the disk is full', EPIPE: 'its reader is gone' }
  for (const [code, words] of Object.entries(cases)) {
    const running = new ProcessStandIn()
    const { signal, keepRunning } = processStreams(running)
    keepRunning(() => undefined)
    running.fail('stdout', code)
    running.fail('stdout', code)
    running.fail('stderr', code)
    running.emit('exit')
    t.same(running.exits, [])
    t.equal(running.exitCode, undefined)
    t.equal(signal.aborted, false)
    t.equal(
      running.stderr.text,
      `proxyherd: cannot write to standard output: ${words}; the servers keep running\n`,
    )
  }
})

t.test('a process whose terminal is gone kills itself with SIGHUP', async (t) => {
  const running = new ProcessStandIn()
  running.stdin.isTTY = true
  let isThere = true
  processStreams(running, { ...SYSTEM, isTerminal: () => isThere })
  running.emit('exit')
  t.same(running.kills, [])
  isThere = false
  running.emit('exit')
  t.same(running.kills, [[7, 'SIGHUP']])
  t.equal(running.listenerCount('SIGHUP'), 0)
})

t.test('servers say that they stop, and how to end them at once', async (t) => {
  for (const name of END_SIGNALS) {
    const running = new ProcessStandIn()
    processStreams(running).keepRunning(() => undefined)
    running.emit(name)
    const words = name === 'SIGINT' ? 'stopping; press Ctrl-C again to end at once' : 'stopping'
    t.equal(running.stderr.text, `proxyherd: ${words}\n`, name)
  }
})

t.test('an error that nothing catches ends a command with one line and 1', async (t) => {
  const running = new ProcessStandIn()
  const { signal } = processStreams(running)
  running.emit('uncaughtException', new Error('a bug'))
  t.match(
    running.stderr.text,
    /^proxyherd: internal error: Error: a bug\nproxyherd: hint: please report .*\n$/,
  )
  t.same(running.exits, [1])
  t.equal(signal.aborted, false)
})

t.test('an error that nothing catches makes servers stop cleanly and end with 1', async (t) => {
  const running = new ProcessStandIn()
  const { signal, keepRunning } = processStreams(running)
  keepRunning(() => undefined)
  running.emit('uncaughtException', new Error('a bug'))
  t.equal(signal.aborted, true)
  t.ok(signal.reason instanceof UncaughtError)
  t.match(signal.reason, { message: 'internal error: Error: a bug', cause: { message: 'a bug' } })
  running.emit('uncaughtException', new Error('while it stops'))
  t.notMatch(running.stderr.text, 'while it stops')
  t.same(running.exits, [], 'not before it has written what it has')
  running.emit('exit')
  t.equal(running.exitCode, 1)
  running.emit('SIGINT')
  t.same(running.exits, [130])
})
