import t from 'tap'
import { anyPorts, TestHerd } from '../fixtures/herd.js'
import { until } from '../fixtures/log.js'

const PAIR = anyPorts({ servers: ['Amber', 'Clark'], links: [['Amber', 'Clark']] })
const DIGEST = '0123456789abcdef'

t.test('a neighbour that keeps asking but does not read is not answered each time', async (t) => {
  const herd = await TestHerd.start(t, { topology: PAIR, names: ['Clark'] })
  const amber = await herd.client(t, 'Clark')
  amber.socket.pause()
  // A line of 25 bytes could cause an answer of 16 KiB.
  const asked = 10_000
  amber.write(`LINK 1 Amber Clark 1 0a1b2c3d\n${`DIGEST ${DIGEST} 1\n`.repeat(asked)}`)
  await until(() => (herd.logs.get('Clark')?.entries ?? []).length > asked)
  amber.socket.resume()
  amber.write(`HAVE 0 ${DIGEST}\n`)
  const received = await amber.read(`WANT 0 ${DIGEST}\n`)
  const answers = received.split('BUCKETS').length - 1
  // One answer per turn, until the socket buffers are full.
  t.ok(answers > 0 && answers <= asked / 10, `${answers} answers`)
})
