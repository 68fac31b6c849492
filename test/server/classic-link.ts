import { setImmediate as nextTurn } from 'node:timers/promises'
import t from 'tap'
import { lineOf } from '../../src/protocol/lines.js'
import { ClassicLink } from '../../src/server/classic-link.js'
import { floodAlone } from '../fixtures/floods.js'
import { EntriesLog } from '../fixtures/herd.js'
import { PeerListener } from '../fixtures/peer.js'
import { report } from '../fixtures/reports.js'

t.test('a closed link opens no connection, whatever comes from the neighbour', async (t) => {
  const oak = await PeerListener.listen()
  t.teardown(() => {
    oak.close()
  })
  const flood = floodAlone('Clark')
  const link = new ClassicLink({
    server: 'Clark',
    neighbour: 'Oak',
    address: () => ({ host: '127.0.0.1', port: oak.port }),
    dialect: undefined,
    flood,
    log: new EntriesLog(),
    onNews: () => undefined,
    onReturn: () => undefined,
  })
  await link.close()
  flood.receive(report('AT Clark +0.5 kiwi +1+1 1'))
  link.send()
  link.heard(lineOf('AT Oak +0.5 lime +2+2 2'))
  await nextTurn()
  t.equal(flood.pending('Oak'), 1, 'the report was not taken')
})
