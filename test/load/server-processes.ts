import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import t from 'tap'
import { cpuSeconds, listenersAt } from '../../src/load/server-processes.js'

const HEAD =
  '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode'

function row(port: number, state: string, inode: number): string {
  const local = `0100007F:${port.toString(16).toUpperCase().padStart(4, '0')}`
  return `   0: ${local} 00000000:0000 ${state} 00000000:00000000 00:00000000 00000000     0        0 ${inode} 1 0 100 0`
}

const at = (port: number, host = '127.0.0.1'): { host: string; port: number } => ({ host, port })

t.test('the process that listens is found by its open socket', async (t) => {
  const file = (target: string) => t.fixture('symlink', target)
  const proc = t.testdir({
    net: {
      tcp: [HEAD, row(12_100, '0A', 71), row(12_101, '0A', 72), row(12_101, '01', 73), ''].join('\n'),
      tcp6: [HEAD, row(12_102, '0A', 74), row(12_103, '0A', 75), ''].join('\n'),
    },
    '17': {
      stat: '17 (node (a) b) S 1 17 17 0 -1 0 0 0 0 0 150 50 0 0',
      fd: { '0': '', '3': file('socket:[71]'), '4': file('socket:[72]'), '5': file('/dev/null') },
    },
    '18': { stat: '18 (node) S 1 18 18 0 -1 0 0 0 0 0 25 5 0 0', fd: { '3': file('socket:[74]') } },
    '19': { stat: 'nonsense' },
    self: {},
  })
  t.same(await listenersAt([at(12_100), at(12_101)], proc), [17], 'a herd in one process')
  t.same(await listenersAt([at(12_100), at(12_102, '::1')], proc), [17, 18])
  t.equal(await listenersAt([at(12_100), at(12_103)], proc), undefined, 'its owner is hidden from us')
  t.equal(await listenersAt([at(12_100), at(12_104)], proc), undefined, 'nobody listens there')
  t.equal(await listenersAt([at(12_100, '10.0.0.1')], proc), undefined, 'it is of another machine')
  t.equal(await cpuSeconds([17], proc), 2)
  t.equal(await cpuSeconds([17, 18], proc), 2.3)
  t.equal(await cpuSeconds([19, 17], proc), undefined)
  t.equal(await cpuSeconds([20, 17], proc), undefined, 'it has ended')
  t.equal(await cpuSeconds([17, 20], proc), undefined)
})

t.test('a system without /proc', async (t) => {
  t.equal(await listenersAt([at(12_100)], `${t.testdir()}/none`), undefined)
})

t.test('this system, if it has /proc', async (t) => {
  const listener = createServer().listen(0, '127.0.0.1')
  t.teardown(() => listener.close())
  await once(listener, 'listening')
  const pids = await listenersAt([at((listener.address() as AddressInfo).port)])
  if (process.platform === 'linux') t.same(pids, [process.pid])
  const seconds = await cpuSeconds(pids ?? [])
  t.ok(seconds !== undefined && seconds >= 0)
})
