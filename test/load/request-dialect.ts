import t from 'tap'
import { herdDialect } from '../../src/load/request-dialect.js'
import { parseText } from '../../src/protocol/command.js'
import { iamat } from '../fixtures/clients.js'

t.test('a report is a valid IAMAT', async (t) => {
  const line = iamat(12_345_678, { latitude: -34_068_930, longitude: 118_445_127, microseconds: 959_498 })
  t.equal(line, 'IAMAT client-12345678.test -34.068930+118.445127 1621464827.959498678')
  const command = parseText(line)
  t.ok(command.kind === 'iamat' && command.sighting.clientEnd - command.sighting.client === 20)
})

t.test('a question is a valid WHATSAT', async (t) => {
  const bytes = Buffer.alloc(100, '.')
  const end = herdDialect.writeQuestion(bytes, 1, 17)
  t.equal(bytes.toString('latin1', 0, end + 1), '.WHATSAT client-00000017.test 0 0\n.')
  t.match(parseText(bytes.toString('latin1', 1, end - 1)), {
    kind: 'whatsat',
    client: Buffer.from('client-00000017.test'),
    radiusKm: 0,
    items: 0,
  })
  t.ok(end - 1 <= herdDialect.maxBytes)
})
