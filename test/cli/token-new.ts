import { Writable } from 'node:stream'
import t from 'tap'
import { tokenNew } from '../../src/cli/token-new.js'
import { parseTokens } from '../../src/net/tokens-file.js'
import { Tokens } from '../../src/net/tokens.js'
import { Screen, Terminal } from '../fixtures/terminal.js'

t.test('token new prints the token and its line on different outputs', async (t) => {
  const terminal = new Terminal()
  t.equal(await terminal.run('token', 'new', 'phones', '--may', 'report:truck-*,read:truck-*'), 0)
  const { stdout, stderr } = terminal
  t.match(stdout.text, /^proxyherd_[A-Za-z0-9_-]{43}\n$/)
  t.match(stderr.text, /^phones sha256:[0-9a-f]{64} report:truck-\*,read:truck-\*\n$/)
  t.equal(new Tokens(parseTokens(stderr.text, 'tokens')).find(stdout.text.trim())?.token, 'phones')
})

t.test('what servers would refuse is refused', async (t) => {
  const cases: [argv: string[], errors: RegExp][] = [
    [['a b', '--may', 'status'], /^proxyherd: "a b" is not a name of 1 to 64 letters/],
    [['a', '--may', 'raed:*'], /^proxyherd: --may: "raed:\*" is not a right/],
    [['a'], /^proxyherd: required option '--may <rights>' not specified/],
  ]
  for (const [argv, errors] of cases) {
    const terminal = new Terminal()
    t.equal(await terminal.run('token', 'new', ...argv), 2)
    t.match(terminal.stderr.text, errors)
    t.equal(terminal.stdout.text, '')
  }
})

t.test('there is no line if the token could not be printed', async (t) => {
  const stderr = new Screen(false)
  const stdout = new Writable({
    write: (_chunk, _encoding, done) => {
      done(new Error('ENOSPC'))
    },
  }).on('error', () => undefined)
  t.equal(await tokenNew('a', { may: 'status' }, { stdout, stderr }), 1)
  t.equal(stderr.text, '')
})
