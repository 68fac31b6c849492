import { once } from 'node:events'
import { PassThrough, Writable } from 'node:stream'
import t from 'tap'
import { streamLog } from '../../src/log/log.js'
import { LogStream } from '../../src/log/log-stream.js'
import { toBytes } from '../../src/protocol/bytes.js'
import { lineIn } from '../fixtures/log.js'

const MIB = 1024 * 1024

t.test('a log on a stream has the same entries as one in a file', async (t) => {
  const stream = new PassThrough()
  const log = streamLog({ server: 'Clark', clock: () => 0n, level: 'wire' }, stream)
  log.write({ kind: 'server', what: 'stopped' })
  log.peer('client', '127.0.0.1:50112')?.in(toBytes('IAMAT'), 0, 5)
  await once(stream, 'readable')
  const time = '"time":"1970-01-01T00:00:00.000000Z","server":"Clark"'
  t.equal(
    String(stream.read()),
    `{${time},"severity":"info","kind":"server","what":"stopped"}\n{${time},"kind":"in","peer":"client","who":"127.0.0.1:50112","line":"IAMAT"}\n`,
    'in one piece',
  )
  log.write(lineIn('last'))
  await log.close()
  t.match(String(stream.read()), '"line":"last"')
})

t.test('a reader that does not read keeps neither memory nor a server from stopping', async (t) => {
  const stream = new Writable({ write: () => undefined })
  const log = new LogStream(stream)
  for (let n = 0; n < 16; n += 1) {
    t.equal(log.isFull, false)
    log.write('x'.repeat(MIB))
  }
  t.equal(log.isFull, true)
  await log.flush()
  t.equal(log.isFull, true)
})

t.test('a flush ends although the stream is destroyed', async (t) => {
  const stream = new PassThrough()
  stream.destroy()
  const log = new LogStream(stream)
  stream.on('error', () => undefined)
  log.write('x\n')
  await t.resolves(log.close())
})
