import t from 'tap'
import { HerdView } from '../../src/web/herd-view.js'
import { formatStatus, type LinkStatus } from '../../src/protocol/status.js'
import { PeerListener } from '../fixtures/peer.js'
import { standing } from '../fixtures/status.js'

t.test('a server that does not answer, or whose port is not known, is not up', async (t) => {
  const closed = await PeerListener.listen()
  const { port } = closed
  closed.close()
  const addresses = new Map([
    ['Elm', { host: '127.0.0.1', port }],
    ['Oak', undefined],
  ])
  const { inSync, servers } = await new HerdView({ access: {}, addresses: () => addresses }).read()
  t.equal(inSync, false)
  t.match(servers, [
    { server: 'Elm', up: false, why: /nobody listens/ },
    { server: 'Oak', up: false, why: 'Oak has no fixed port, and does not run here' },
  ])
})

t.test('links are shown as the server sees them', async (t) => {
  const elm = await PeerListener.listen()
  const links = [
    { neighbour: 'Oak', state: 'down' },
    { neighbour: 'Ash', state: 'resting' },
  ] as LinkStatus[]
  const addresses = new Map([['Elm', { host: '127.0.0.1', port: elm.port }]])
  const read = new HerdView({ access: {}, addresses: () => addresses }).read()
  const peer = await elm.next()
  await peer.read()
  peer.write(`${formatStatus(standing('Elm', { links }))}\n`)
  const { inSync, servers } = await read
  t.equal(inSync, true)
  t.same(servers[0]?.links, links)
  elm.close()
})
