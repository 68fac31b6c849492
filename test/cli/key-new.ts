import { Writable } from 'node:stream'
import t from 'tap'
import { keyNew } from '../../src/cli/key-new.js'
import { parseHerdKeys } from '../../src/net/herd-key.js'
import { Screen } from '../fixtures/terminal.js'

t.test('key new prints the key and the hint on different outputs', async (t) => {
  const [stdout, stderr] = [new Screen(false), new Screen(false)]
  t.equal(await keyNew({ stdout, stderr }), 0)
  t.doesNotThrow(() => parseHerdKeys(stdout.text, 'herd.key'))
  t.equal(stderr.text, 'proxyherd: hint: keep it in a file that only you can read: "chmod 600 herd.key"\n')
})

t.test('there is no hint if the key could not be printed', async (t) => {
  const stderr = new Screen(false)
  const stdout = new Writable({
    write: (_chunk, _encoding, done) => {
      done(new Error('ENOSPC'))
    },
  }).on('error', () => undefined)
  t.equal(await keyNew({ stdout, stderr }), 0)
  t.equal(stderr.text, '')
})
