import { rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Gate } from '../../src/log/gate.js'
import { RotatingFile } from '../../src/log/rotating-file.js'

const WHOLE = 16 * 1024 * 1024

t.test('what a full file does not take is counted, and told before what comes next', async (t) => {
  const path = join(t.testdir(), 'Clark.log')
  symlinkSync('/dev/full', path)
  const file = new RotatingFile(path, { onFault: () => undefined })
  t.teardown(() => file.close())
  const told: string[] = []
  const gate = new Gate(file, (why) => told.push(why))
  t.same([gate.admits(1), gate.admits(64)], [true, true])
  file.write('x'.repeat(WHOLE))
  t.same([gate.admits(1), gate.admits(64)], [false, false])
  t.same(told, [])
  rmSync(path)
  // A flush gives up after a second, which a busy disk may need for more.
  while (file.isFull) await file.flush()
  t.equal(gate.admits(1), true)
  t.same(told, ['entries that the disk did not take are missing here: 65'])
  t.equal(gate.admits(1), true)
  t.equal(told.length, 1)
})
