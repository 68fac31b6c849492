import t from 'tap'
import { LinkReporter } from '../../src/cli/link-reporter.js'
import { anyPorts } from '../fixtures/herd.js'
import { Terminal } from '../fixtures/terminal.js'

t.test('a warning about a link that is up is printed, and nothing else', async (t) => {
  const topology = anyPorts({ servers: ['Clark', 'Oak'], links: [['Clark', 'Oak']] })
  const terminal = new Terminal()
  const { stdin, stdout, stderr } = terminal
  const { signal } = new AbortController()
  const streams = { stdin, stdout, stderr, env: {}, signal, keepRunning: () => undefined }
  const reporter = new LinkReporter(topology, ['Clark'], streams)
  await reporter.start()
  for (const why of ['', 'it storms']) reporter.update({ server: 'Clark', neighbour: 'Oak', what: 'up', why })
  t.equal(stdout.text, 'the link is up\nClark is linked to Oak, but it storms\n')
})

t.test('a link that flaps is reported once, and its state when it has settled', async (t) => {
  const topology = anyPorts({ servers: ['Clark', 'Oak'], links: [['Clark', 'Oak']] })
  const terminal = new Terminal()
  const { stdin, stdout, stderr } = terminal
  const { signal } = new AbortController()
  const streams = { stdin, stdout, stderr, env: {}, signal, keepRunning: () => undefined }
  const reporter = new LinkReporter(topology, ['Clark', 'Oak'], streams)
  await reporter.start()
  const update = (what: 'up' | 'lost' | 'flapping', why = ''): void => {
    reporter.update({ server: 'Clark', neighbour: 'Oak', what, why })
    reporter.update({ server: 'Oak', neighbour: 'Clark', what, why })
  }
  update('up')
  update('flapping', 'lost 5 times')
  update('up')
  update('flapping', 'lost 5 times')
  update('lost', 'reset')
  t.equal(
    stdout.text,
    [
      'the link is up',
      'link Clark–Oak is flapping: lost 5 times',
      'link Clark–Oak is up again',
      'the link is up',
      'link Clark–Oak is flapping: lost 5 times',
      'link Clark–Oak is down: reset',
      '',
    ].join('\n'),
  )
})
