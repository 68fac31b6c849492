import t from 'tap'
import { Backlogs, type Backlog } from '../../src/net/backlogs.js'
import { MAX_CONNECTIONS, RESERVED_CONNECTIONS } from '../../src/net/limits.js'

const LIMITS = { client: 100, all: 400, shared: 200, few: 10 }

/** Some backlogs that share limits, and the numbers of those that were closed. */
function backlogs(count: number, limits = LIMITS): { clients: Backlog[]; closed: number[] } {
  const closed: number[] = []
  const all = new Backlogs(limits)
  const clients = Array.from({ length: count }, (_, client) => all.add(() => closed.push(client)))
  return { clients, closed }
}

t.test('a client may leave unread what one may, while all together have little', (t) => {
  const { clients } = backlogs(1)
  t.same([clients[0]?.resize(100), clients[0]?.resize(101), clients[0]?.resize(50)], [true, false, true])
  t.end()
})

t.test('while all together have much, each may have a few bytes', (t) => {
  const { clients, closed } = backlogs(4)
  for (const client of clients.slice(0, 2)) t.equal(client.resize(100), true)
  t.equal(clients[2]?.resize(11), false)
  t.equal(clients[3]?.resize(10), true)
  t.equal(clients[0]?.resize(100), false, 'also one that had more already')
  clients[1]?.end()
  t.equal(clients[2]?.resize(11), true)
  t.same(closed, [])
  t.end()
})

t.test('when all together have too much, the connection of the client with most is closed', (t) => {
  const { clients, closed } = backlogs(3)
  clients[0]?.resize(100)
  clients[1]?.resize(200)
  clients[2]?.resize(101)
  t.same(closed, [1])
  t.equal(clients[1]?.resize(1_000), true, 'and counts no more')
  t.equal(clients[2]?.resize(100), true)
  t.end()
})

t.test('commands that wait count for all together, but delay no other client', (t) => {
  const { clients, closed } = backlogs(3)
  clients[0]?.resize(11)
  clients[0]?.hold(200)
  clients[1]?.hold(100)
  t.equal(clients[2]?.resize(89), true, 'only replies are shared')
  t.same(closed, [])
  clients[1]?.hold(0)
  clients[1]?.hold(101)
  t.same(closed, [0], 'the client with most replies and commands')
  clients[0]?.hold(1_000)
  t.same(closed, [0], 'it counts no more')
  clients[1]?.end()
  clients[2]?.hold(311)
  t.same(closed, [0])
  clients[2]?.hold(312)
  t.same(closed, [0, 2])
  t.end()
})

t.test('clients that read nothing are bounded together, however many there are', (t) => {
  const all = new Backlogs()
  const reply = 4_300
  let sum = 0
  for (let client = 0; client < MAX_CONNECTIONS + RESERVED_CONNECTIONS; client += 1) {
    const backlog = all.add(() => t.fail('a connection is closed'))
    let bytes = reply
    while (backlog.resize(bytes)) bytes += reply
    sum += bytes
  }
  t.ok(sum <= 256 * 1024 * 1024, `${sum} bytes`)
  t.end()
})
