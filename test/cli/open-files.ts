import { PassThrough } from 'node:stream'
import t from 'tap'
import { checkOpenFiles, connectionLimits, openFileLimit } from '../../src/cli/open-files.js'
import type { SlotLimits } from '../../src/net/connection-slots.js'

t.test('the limit of open files is read from a file of the system', async (t) => {
  const folder = t.testdir({
    limits:
      'Max stack size   8388608   unlimited   bytes\nMax open files            1024                 4096   files\n',
    none: 'Max open files   unlimited   unlimited   files\n',
  })
  t.equal(await openFileLimit(`${folder}/limits`), 1_024)
  t.equal(await openFileLimit(`${folder}/none`), undefined)
  t.equal(await openFileLimit(`${folder}/missing`), undefined)
  t.ok(((await openFileLimit()) ?? Infinity) > 160)
})

t.test('a limit that is too low is an error', async (t) => {
  const hint = 'raise it with "ulimit -n 20000", or with LimitNOFILE= for a service of systemd'
  t.throws(
    () => {
      checkOpenFiles(159)
    },
    { message: 'this process may have 159 files open (ulimit -n), but a server needs at least 160', hint },
  )
  t.throws(() => connectionLimits(287, 5, { stderr: new PassThrough() }), {
    message: 'this process may have 287 files open (ulimit -n), but 5 servers need at least 288',
  })
  checkOpenFiles(160)
  checkOpenFiles(288, 5)
  checkOpenFiles()
})

/** The limits of servers, and what is printed about them. */
function limitsOf(limit: number | undefined, servers: number): { limits: SlotLimits; printed: string } {
  const stderr = new PassThrough()
  const limits = connectionLimits(limit, servers, { stderr })
  return { limits, printed: String(stderr.read() ?? '') }
}

t.test('the connections of servers fit into the limit', async (t) => {
  for (const [limit, servers, clients, reserved] of [
    [undefined, 1, 10_000, 64],
    [1_048_576, 5, 10_000, 64],
    [20_000, 5, 3_846, 64],
    [1_256, 1, 1_000, 64],
  ] as const)
    t.same(limitsOf(limit, servers), { limits: { clients, reserved }, printed: '' })
})

t.test('a limit that leaves few connections is reported', async (t) => {
  const { limits, printed } = limitsOf(1_024, 1)
  t.same(limits, { clients: 768, reserved: 64 })
  t.equal(
    printed,
    'proxyherd: this process may have 1024 files open (ulimit -n), so its server has room for 768 connections of clients, not 10000\n' +
      'proxyherd: hint: raise it with "ulimit -n 20000", or with LimitNOFILE= for a service of systemd\n',
  )
  t.same(limitsOf(288, 5).limits, { clients: 16, reserved: 8 })
  t.match(limitsOf(288, 5).printed, 'so each server has room for 16 connections of clients')
})
