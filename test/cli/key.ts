import t from 'tap'
import { keyNew } from '../../src/cli/key.js'
import { parseHerdKeys } from '../../src/net/herd-key.js'
import { Screen } from '../fixtures/terminal.js'

t.test('key new prints a key, and how to keep it, apart from each other', async (t) => {
  const [stdout, stderr] = [new Screen(false), new Screen(false)]
  t.equal(keyNew({ stdout, stderr }), 0)
  t.doesNotThrow(() => parseHerdKeys(stdout.text, 'herd.key'))
  t.equal(stderr.text, 'proxyherd: hint: keep it in a file that only you can read: "chmod 600 herd.key"\n')
})
