import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { parseCommand } from '../../src/protocol/command.js'
import { formatGreeting } from '../../src/protocol/greeting.js'
import { bytes, clientId, decimalBelow, position, time } from '../fixtures/text.js'

const now = '1621464827.959498503'

t.test('IAMAT says where a client is and when', async (t) => {
  t.same(parseCommand(`IAMAT kiwi.cs.ucla.edu +34.068930-118.445127 ${now}`), {
    kind: 'iamat',
    client: 'kiwi.cs.ucla.edu',
    position: '+34.068930-118.445127',
    time: now,
    instant: 1_621_464_827_959_498_503n,
  })
})

t.test('WHATSAT asks for a client, a radius and a number of items', async (t) => {
  const cases: Record<string, { radiusKm: number; items: number }> = {
    'WHATSAT kiwi 10 5': { radiusKm: 10, items: 5 },
    'WHATSAT kiwi 0 0': { radiusKm: 0, items: 0 },
    'WHATSAT kiwi 50.000 20': { radiusKm: 50, items: 20 },
    'WHATSAT kiwi 0.25 007': { radiusKm: 0.25, items: 7 },
  }
  for (const [line, asked] of Object.entries(cases))
    t.same(parseCommand(line), { kind: 'whatsat', client: 'kiwi', ...asked }, line)
})

t.test('AT is what servers tell each other', async (t) => {
  const line = `AT Clark +0.263873386 kiwi +34-118 ${now}`
  const report = { client: 'kiwi', position: '+34-118', instant: 1_621_464_827_959_498_503n, line }
  t.same(parseCommand(line), { kind: 'at', report })
  t.same(
    parseCommand(`\tAT  Clark +0.263873386\v\fkiwi +34-118  ${now}\r`),
    { kind: 'at', report },
    'spacing does not count',
  )
})

t.test('LINK opens a link between servers', async (t) => {
  const greeting = { version: '1', from: 'Clark', to: 'Bernard', incarnation: '17', herd: '0a1b2c3d' }
  t.same(parseCommand(formatGreeting(greeting)), { kind: 'greeting', greeting })
  for (const line of [
    'LINK',
    'LINK 2 Clark',
    'LINK 1 Clark Bernard',
    'LINK 1 a b 1 2',
    'LINK 1 a b x 0a1b2c3d',
    'LINK 1 a b 1 0A1B2C3D',
    'LINK 1 a b 1 0a1b2c3d 2',
    'LINK x a b 1 0a1b2c3d',
  ])
    t.equal(parseCommand(line).kind, 'malformed', line)
  const other = { version: '2', from: 'Clark', to: 'Bernard', incarnation: '', herd: '' }
  t.same(parseCommand('LINK 2 Clark Bernard and more'), { kind: 'greeting', greeting: other })
})

t.test('any run of white space separates, and at the ends it is ignored', async (t) => {
  const same = parseCommand(`IAMAT kiwi +34-118 ${now}`)
  t.equal(same.kind, 'iamat')
  t.same(parseCommand(` \t\r\f\vIAMAT\t\tkiwi \r +34-118\f${now}\v\r `), same)
})

t.test(
  'every other byte may stand in a client ID, also those of UTF-8 that look like white space',
  async (t) => {
    for (const client of ['\u00a0', '\u0085', '\0', '\xff\xfe', Buffer.from('é\u2003').toString('latin1')]) {
      const command = parseCommand(`IAMAT ${client} +34-118 ${now}`)
      t.match(command, { kind: 'iamat', client }, JSON.stringify(client))
    }
  },
)

t.test('anything else is malformed, and it is said why', async (t) => {
  const cases: Record<string, RegExp> = {
    '': /empty line/,
    ' \t\r': /empty line/,
    'iamat kiwi +34-118 1': /no command "iamat"/,
    IAMAT: /takes a client, a position and a time, not 0 fields/,
    'IAMAT kiwi': /not 1 field$/,
    'IAMAT kiwi +34-118': /not 2 fields/,
    'IAMAT kiwi +34-118 1 2': /not 4 fields/,
    'IAMAT kiwi 34-118 1': /"34-118" is no position/,
    'IAMAT kiwi +91.0-118.0 1': /within 90 and 180/,
    'IAMAT kiwi +34-118 5.': /"5." is no POSIX time/,
    WHATSAT: /takes a client, a radius and a number of items/,
    'WHATSAT kiwi 10': /not 2 fields/,
    'WHATSAT kiwi 10 5 5': /not 4 fields/,
    'WHATSAT kiwi 50.0000000000000000001 5': /no radius from 0 to 50 km/,
    'WHATSAT kiwi -1 5': /"-1" is no radius/,
    'WHATSAT kiwi nan 5': /"nan" is no radius/,
    'WHATSAT kiwi 1e1 5': /"1e1" is no radius/,
    'WHATSAT kiwi 10 21': /"21" is no whole number from 0 to 20/,
    'WHATSAT kiwi 10 -1': /"-1" is no whole number/,
    'WHATSAT kiwi 10 5.0': /"5.0" is no whole number/,
    'WHATSAT kiwi 10 0x5': /"0x5" is no whole number/,
    'WHATSAT kiwi 10 1_0': /"1_0" is no whole number/,
    AT: /AT takes .* not 0 fields/,
    'AT Clark +0.5 kiwi +34-118': /not 4 fields/,
    'AT Clark +0.5 kiwi +34-118 1 2': /not 6 fields/,
    'AT Clark 0.5 kiwi +34-118 1': /"0.5" is no signed number/,
    'AT Clark --0.5 kiwi +34-118 1': /"--0.5" is no signed number/,
    'AT Clark +0.5 kiwi 34-118 1': /no position/,
    'AT Clark +0.5 kiwi +34-118 x': /no POSIX time/,
  }
  for (const [line, why] of Object.entries(cases))
    t.match(parseCommand(line), { kind: 'malformed', why }, line)
})

t.test('what is formatted is read back', async (t) => {
  const iamat = fc.property(clientId(), position(), time(), (client, position, time) => {
    const command = parseCommand(`IAMAT ${client} ${position} ${time}`)
    assert.ok(command.kind === 'iamat')
    assert.deepEqual([command.client, command.position, command.time], [client, position, time])
  })
  const at = fc.property(
    clientId(),
    position(),
    time(),
    decimalBelow(1_000),
    (client, position, time, skew) => {
      const line = `AT Clark -${skew} ${client} ${position} ${time}`
      const command = parseCommand(line)
      assert.ok(command.kind === 'at')
      const { report } = command
      assert.deepEqual([report.line, report.client, report.position], [line, client, position])
    },
  )
  t.doesNotThrow(() => {
    fc.assert(iamat)
    fc.assert(at)
  })
})

t.test('no bytes make it throw', async (t) => {
  const names = fc.constantFrom('', 'IAMAT ', 'WHATSAT ', 'AT ', 'LINK ', 'IAMAT kiwi +34-118 ')
  const garbage = fc.property(names, bytes(), (name, rest) => {
    assert.ok(parseCommand(name + rest).kind)
  })
  t.doesNotThrow(() => {
    fc.assert(garbage)
  })
})
