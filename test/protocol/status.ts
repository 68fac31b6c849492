import t from 'tap'
import { parseText } from '../../src/protocol/command.js'
import { formatStatus, formatStatusRequest, type ServerStatus } from '../../src/protocol/status.js'

const status: ServerStatus = {
  server: 'Clark',
  version: '0.1.0',
  startedAt: '2026-10-05T20:32:03.123Z',
  uptimeSeconds: 12.5,
  clients: 3,
  digest: '0123456789abcdef',
  links: [{ neighbour: 'Bernard', state: 'down' }],
  store: { durability: 'memory', unsaved: 7, fault: 'the disk is full', lost: 0 },
  memory: { bytes: 5_000, maxBytes: 1_000_000, refused: 2, tombstones: 1 },
}

t.test('a status is one line of JSON', async (t) => {
  const line = formatStatus(status)
  t.match(line, /^STATUS \{.*\}$/)
  t.same(JSON.parse(line.slice('STATUS '.length)), status)
})

t.test('a status is requested by a command, but is not a command', async (t) => {
  t.same(parseText(formatStatusRequest()), { kind: 'status', sample: 0 })
  t.same(parseText(formatStatusRequest(7)), { kind: 'status', sample: 7 })
  t.equal(parseText(formatStatus(status)).kind, 'malformed')
})
