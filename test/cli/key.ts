import { Writable } from 'node:stream'
import t from 'tap'
import { keyNew } from '../../src/cli/key.js'
import { parseHerdKeys } from '../../src/net/herd-key.js'
import { Screen } from '../fixtures/terminal.js'

t.test('key new prints a key, and how to keep it, apart from each other', async (t) => {
  const [stdout, stderr] = [new Screen(false), new Screen(false)]
  t.equal(await keyNew({ stdout, stderr }), 0)
  t.doesNotThrow(() => parseHerdKeys(stdout.text, 'herd.key'))
  t.equal(stderr.text, 'proxyherd: hint: keep it in a file that only you can read: "chmod 600 herd.key"\n')
})

t.test('a key that could not be printed needs no advice', async (t) => {
  const stderr = new Screen(false)
  const stdout = new Writable({
    write: (_chunk, _encoding, done) => {
      done(new Error('ENOSPC'))
    },
  }).on('error', () => undefined)
  t.equal(await keyNew({ stdout, stderr }), 0)
  t.equal(stderr.text, '')
})
