import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import t from 'tap'

const PROGRAM = join(import.meta.dirname, '../../../bin/proxyherd.js')

t.test('a Node.js that is too old is reported', async (t) => {
  for (const version of ['18.20.8', '20.18.3', '20.19.0', '22.12.0']) {
    const pretend = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } })`
    const { status, stderr } = spawnSync(
      process.execPath,
      ['--import', `data:text/javascript,${encodeURIComponent(pretend)}`, PROGRAM, '--version'],
      { encoding: 'utf8' },
    )
    const isOld = version < '20.19'
    t.equal(status, isOld ? 1 : 0, version)
    t.equal(
      stderr,
      isOld ? `proxyherd: Node.js ${version} is too old: install 20.19 or newer\n` : '',
      version,
    )
  }
})
