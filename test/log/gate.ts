import { rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { Gate } from '../../src/log/gate.js'
import { RotatingFile } from '../../src/log/rotating-file.js'

const WHOLE = 16 * 1024 * 1024

t.test('what a full file does not take is counted, and told before what comes next', async (t) => {
  const path = join(t.testdir(), 'Clark.log')
  symlinkSync('/dev/full', path)
  const file = new RotatingFile(path, () => undefined)
  t.teardown(() => file.close())
  const passed: [object, bigint][] = []
  const gate = new Gate(file, (object, at) => passed.push([object, at]))
  gate.pass({ n: 1 }, 1n)
  gate.pass({ n: 2 }, 2n, 64)
  t.same(passed.splice(0), [
    [{ n: 1 }, 1n],
    [{ n: 2 }, 2n],
  ])
  file.write('x'.repeat(WHOLE))
  gate.pass({ n: 3 }, 3n)
  gate.pass({ n: 4 }, 4n, 64)
  t.same(passed, [])
  rmSync(path)
  await file.flush()
  gate.pass({ n: 5 }, 5n)
  gate.pass({ n: 6 }, 6n)
  const why = 'entries that the disk did not take are missing here: 65'
  t.same(passed, [
    [{ kind: 'server', what: 'fault', why }, 5n],
    [{ n: 5 }, 5n],
    [{ n: 6 }, 6n],
  ])
})
