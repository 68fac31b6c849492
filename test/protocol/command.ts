import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { toBytes } from '../../src/protocol/bytes.js'
import { clientField, parseCommand, parseText } from '../../src/protocol/command.js'
import { LineReader, lineOf } from '../../src/protocol/lines.js'
import { MAX_REPORT_BYTES } from '../../src/protocol/report.js'
import { read } from '../fixtures/readable.js'
import { bytes, chopped, clientId, decimalBelow, inPieces, position, time } from '../fixtures/text.js'

const now = '1621464827.959498503'
const instant = { seconds: 1_621_464_827, nanoseconds: 959_498_503 }

t.test('IAMAT has a client, a position and a time', async (t) => {
  t.same(read(`IAMAT kiwi.cs.ucla.edu +34.068930-118.445127 ${now}`), {
    kind: 'iamat',
    sighting: { client: 'kiwi.cs.ucla.edu', position: '+34.068930-118.445127', time: now, instant },
  })
})

t.test('WHATSAT has a client, a radius and a number of items', async (t) => {
  const cases: Record<string, { radiusKm: number; items: number }> = {
    'WHATSAT kiwi 10 5': { radiusKm: 10, items: 5 },
    'WHATSAT kiwi 0 0': { radiusKm: 0, items: 0 },
    'WHATSAT kiwi 50.000 20': { radiusKm: 50, items: 20 },
    'WHATSAT kiwi 0.25 007': { radiusKm: 0.25, items: 7 },
  }
  for (const [line, asked] of Object.entries(cases))
    t.same(read(line), { kind: 'whatsat', client: 'kiwi', ...asked }, line)
})

t.test('the client of a WHATSAT outlives its line', async (t) => {
  const lines = new LineReader()
  const piece = toBytes('WHATSAT kiwi 10 5\n')
  lines.push(piece)
  t.ok(lines.next())
  const command = parseCommand(lines)
  piece.fill(0)
  t.match(command, { kind: 'whatsat', client: Uint8Array.from(toBytes('kiwi')) })
})

t.test('AT has a server, a skew, a client, a position and a time', async (t) => {
  const line = `AT Clark +0.263873386 kiwi +34-118 ${now}`
  const report = { client: 'kiwi', position: '+34-118', time: now, line }
  t.same(read(line), { kind: 'at', report })
  for (const untidy of [
    `\tAT  Clark +0.263873386\v\fkiwi +34-118  ${now}\r`,
    ` ${line}`,
    `${line} `,
    line.replace('Clark ', 'Clark\t'),
    line.replace('kiwi ', 'kiwi  '),
  ])
    t.same(read(untidy), { kind: 'at', report }, `spacing does not count: ${JSON.stringify(untidy)}`)
})

t.test('an AT longer than any server sends is malformed, with any spacing', async (t) => {
  const start = 'AT Clark +0.5 '
  const end = ' +34-118 1'
  const longest = 'k'.repeat(MAX_REPORT_BYTES - start.length - end.length)
  const tooLong = { kind: 'malformed', why: `an AT has at most ${MAX_REPORT_BYTES} bytes` }
  t.equal(parseText(`${start}${longest}${end}`).kind, 'at')
  t.equal(parseText(`${start}\t ${longest} ${end}`).kind, 'at')
  t.same(parseText(`${start}${longest}k${end}`), tooLong)
  t.same(parseText(`${start}${longest}k ${end}`), tooLong)
  const lines = new LineReader()
  lines.push(toBytes(`${'PING\n'.repeat(MAX_REPORT_BYTES)}AT Clark +0.5 kiwi +34-118 1\n`))
  while (lines.unreadBytes > 0) lines.next()
  t.equal(parseCommand(lines).kind, 'at', 'wherever it is in memory')
})

t.test('LATE contains an AT, with any spacing', async (t) => {
  const line = 'AT Clark +0.1 kiwi +34-118 1'
  const { report } = read(line) as { report: unknown }
  for (const spaced of [`LATE ${line}`, ` LATE\t ${line} `, `LATE ${line.replace('kiwi ', 'kiwi \t')}`])
    t.same(read(spaced), { kind: 'late', report }, JSON.stringify(spaced))
  for (const wrong of [
    'LATE',
    'LATE AT',
    'LATE AT Clark',
    `LATE LATE ${line}`,
    `LATE ${line} 2`,
    'LATE IAMAT kiwi +34-118 1',
    'LATE IAMAT Clark +0.1 kiwi +34-118 1',
    'LATE AT Clark 0.1 kiwi +34-118 1',
    'LATE AT Clark +0.1 kiwi 34-118 1',
    'LATE AT Clark +0.1 kiwi +34-118 x',
    `LATE AT Clark +0.1 ${'k'.repeat(MAX_REPORT_BYTES)} +34-118 1`,
  ])
    t.same(read(wrong), { kind: 'malformed', why: 'LATE takes a valid AT' }, wrong.slice(0, 60))
  t.equal(read(`late ${line}`).kind, 'malformed')
})

t.test('the report of an AT or a LATE stays in the memory of its line', async (t) => {
  for (const text of ['AT Clark +0.1 kiwi +34-118 1', ' LATE AT Clark +0.1 kiwi +34-118 1 ']) {
    const line = lineOf(text)
    const command = parseCommand(line)
    t.ok((command.kind === 'at' || command.kind === 'late') && command.report.bytes === line.bytes, text)
  }
})

t.test('the number of fields determines which of them is the client', async (t) => {
  const lines = [
    'IAMAT kiwi +34-118 1',
    'WHATSAT kiwi 1 1',
    'AT Clark +0.1 kiwi +34-118 1',
    'LATE AT Clark +0.1 kiwi +34-118 1',
    'COUNT 17 AT Clark +0.1 kiwi +34-118 1',
    'GENERATION 17 AT Clark +0.1 kiwi +34-118 1',
  ]
  for (const line of lines) {
    const fields = line.split(' ')
    t.equal(fields[clientField(fields.length) ?? 0], 'kiwi', line)
  }
  for (const count of [0, 1, 2, 3, 5, 9]) t.equal(clientField(count), undefined, `${count} fields`)
})

t.test('COUNT is an AT with its number among the reports of its origin', async (t) => {
  const line = 'AT Clark +0.1 kiwi +34-118 1'
  const { report } = read(line) as { report: unknown }
  for (const spaced of [`COUNT 17 ${line}`, ` COUNT\t17  ${line} `])
    t.same(read(spaced), { kind: 'at', report, count: 17 }, JSON.stringify(spaced))
  t.same(
    read(`COUNT 17 AT  Clark +0.1 kiwi +34-118 1`),
    { kind: 'at', report, count: 17 },
    'also with more spaces',
  )
  for (const wrong of [
    'COUNT',
    'COUNT 17',
    `COUNT x ${line}`,
    `COUNT ${line}`,
    'COUNT 17 AT Clark',
    `COUNT 17 LATE ${line}`,
  ])
    t.same(read(wrong), { kind: 'malformed', why: 'COUNT takes a whole number and a valid AT' }, wrong)
})

t.test('STATUS proxyherd asks for the status', async (t) => {
  t.same(parseText('STATUS proxyherd'), { kind: 'status', sample: 0 })
  t.same(parseText(' STATUS\tproxyherd\r'), { kind: 'status', sample: 0 })
  t.same(parseText('STATUS proxyherd 100'), { kind: 'status', sample: 100 })
})

t.test('any run of white space separates fields, and white space at the ends is ignored', async (t) => {
  const same = read(`IAMAT kiwi +34-118 ${now}`)
  t.equal(same.kind, 'iamat')
  t.same(read(` \t\r\f\vIAMAT\t\tkiwi \r +34-118\f${now}\v\r `), same)
})

t.test(
  'a client ID may contain every other byte, also bytes of UTF-8 that look like white space',
  async (t) => {
    for (const client of ['\u00a0', '\u0085', '\0', '\xff\xfe', Buffer.from('é\u2003').toString('latin1')]) {
      const command = read(`IAMAT ${client} +34-118 ${now}`)
      t.match(command, { kind: 'iamat', sighting: { client } }, JSON.stringify(client))
    }
  },
)

t.test('anything else is malformed, with a reason', async (t) => {
  const cases: Record<string, RegExp> = {
    '': /the line is empty/,
    ' \t\r': /the line is empty/,
    'iamat kiwi +34-118 1': /unknown command "iamat"/,
    'IAMATE kiwi +34-118 1': /unknown command "IAMATE"/,
    'A Clark +0.5 kiwi +34-118 1': /unknown command "A"/,
    'PING x': /PING takes a whole number/,
    PONG: /PONG takes a whole number/,
    'LINK 1': /LINK takes a version, two server names, an incarnation and a topology fingerprint/,
    'WANT x': /WANT has invalid fields/,
    STATUS: /unknown command "STATUS"/,
    'STATUS Clark': /unknown command "STATUS"/,
    'STATUS proxyherd 101': /number of clients "101" is not a whole number from 0 to 100/,
    'STATUS proxyherd now': /number of clients "now" is not/,
    'STATUS proxyherd 0100': /number of clients "0100" is not/,
    'STATUS proxyherd 1 2 3 4 5 6 7 8': /unknown command "STATUS"/,
    IAMAT: /takes a client, a position and a time, not 0 fields/,
    'IAMAT kiwi': /not 1 field$/,
    'IAMAT kiwi +34-118': /not 2 fields/,
    'IAMAT kiwi +34-118 1 2': /not 4 fields/,
    'IAMAT kiwi +34-118 1 2 3 4 5 6 7 8 9': /not 11 fields/,
    'IAMAT kiwi 34-118 1': /position "34-118" is not a signed latitude/,
    'IAMAT kiwi +0012-00034 1':
      /position "\+0012-00034" is not a signed latitude .* 2 and 3 digits before the points/,
    'IAMAT kiwi +91.0-118.0 1': /at most 90 and 180 degrees/,
    'IAMAT kiwi +34-118 5.': /time "5." is not a POSIX time/,
    WHATSAT: /takes a client, a radius and a number of items/,
    'WHATSAT kiwi 10': /not 2 fields/,
    'WHATSAT kiwi 10 5 5': /not 4 fields/,
    'WHATSAT kiwi 50.0000000000000000001 5': /is outside 0 to 50 km/,
    'WHATSAT kiwi -1 5': /radius "-1" is outside/,
    'WHATSAT kiwi nan 5': /radius "nan" is outside/,
    'WHATSAT kiwi 1e1 5': /radius "1e1" is outside/,
    'WHATSAT kiwi 10 21': /number of items "21" is not a whole number from 0 to 20/,
    'WHATSAT kiwi 10 -1': /number of items "-1" is not a whole number/,
    'WHATSAT kiwi 10 5.0': /number of items "5.0" is not a whole number/,
    'WHATSAT kiwi 10 0x5': /number of items "0x5" is not a whole number/,
    'WHATSAT kiwi 10 1_0': /number of items "1_0" is not a whole number/,
    AT: /AT takes .* not 0 fields/,
    'AT Clark +0.5 kiwi +34-118': /not 4 fields/,
    'AT Clark +0.5 kiwi +34-118 1 2': /not 6 fields/,
    'AT Clark 0.5 kiwi +34-118 1': /skew "0.5" is not a signed number/,
    'AT Clark 10.5 kiwi +34-118 1': /skew "10.5" is not a signed number/,
    'AT Clark --0.5 kiwi +34-118 1': /skew "--0.5" is not a signed number/,
    'AT Clark +0.5 kiwi 34-118 1': /position "34-118" is not a signed latitude/,
    'AT Clark +0.5 kiwi +34-118 x': /time "x" is not a POSIX time/,
  }
  for (const [line, why] of Object.entries(cases)) t.match(parseText(line), { kind: 'malformed', why }, line)
})

t.test('a line that is too long is malformed, whatever it begins with', async (t) => {
  const lines = new LineReader(40)
  lines.push(toBytes(`IAMAT kiwi +34-118 ${now}.${'9'.repeat(40)}\n`))
  t.ok(lines.next())
  t.same(parseCommand(lines), { kind: 'malformed', why: 'the line is too long' })
})

t.test('formatted lines are parsed back', async () => {
  const iamat = fc.property(clientId(), position(), time(), (client, position, time) => {
    const command = read(`IAMAT ${client} ${position} ${time}`)
    assert.ok(command.kind === 'iamat')
    const { sighting } = command
    assert.deepEqual([sighting.client, sighting.position, sighting.time], [client, position, time])
  })
  const at = fc.property(
    clientId(),
    position(),
    time(),
    decimalBelow(1_000),
    (client, position, time, skew) => {
      const line = `AT Clark -${skew} ${client} ${position} ${time}`
      assert.deepEqual(read(line), { kind: 'at', report: { line, client, position, time } })
    },
  )
  fc.assert(iamat)
  fc.assert(at)
})

t.test('a command is the same wherever its line is in memory and wherever the stream was cut', async () => {
  const name = fc.constantFrom('IAMAT', 'WHATSAT', 'AT Clark', 'AT Clark -0.5', 'LINK 1', 'WANT 1', 'PING')
  const field = fc.oneof(clientId(), position(), time(), decimalBelow(60))
  const space = fc.constantFrom(' ', ' ', ' ', '\t', '  ')
  const any = fc.tuple(
    name,
    space,
    fc.array(
      fc.tuple(field, space).map((parts) => parts.join('')),
      { maxLength: 4 },
    ),
  )
  const valid = fc.tuple(fc.constantFrom('AT Clark -0.5', 'IAMAT'), clientId(), position(), time())
  const line = fc.oneof(
    any.map(([name, space, fields]) => name + space + fields.join('')),
    valid.map((fields) => fields.join(' ')),
  )
  fc.assert(
    fc.property(fc.array(line, { maxLength: 5 }), chopped(), (texts, cuts) => {
      const lines = new LineReader()
      const commands = inPieces(`${texts.join('\n')}\n`, cuts).flatMap((piece) => {
        lines.push(toBytes(piece))
        const commands: ReturnType<typeof read>[] = []
        while (lines.next()) commands.push(read(lines))
        return commands
      })
      assert.deepEqual(
        commands,
        (texts.length === 0 ? [''] : texts).map((text) => read(text)),
      )
    }),
  )
})

t.test('no input makes the parser throw', async (t) => {
  const names = fc.constantFrom(
    ...['', 'IAMAT ', 'WHATSAT ', 'AT ', 'LINK ', 'IAMAT kiwi +34-118 ', 'AT Clark +1 kiwi +34-118 '],
    ...['DIGEST ', 'BUCKETS ', 'HAVE ', 'WANT 1 ', 'PING ', 'STATUS '],
    ...['PRUNE ', 'GRAFT Clark ', 'SEEN Clark ', 'LATE ', 'LATE AT Clark +1 ', 'COUNT 1 AT Clark +1 '],
    ...['PONG ', 'FEATURES ', 'NOLINK '],
  )
  const garbage = fc.property(names, bytes(), (name, rest) => {
    assert.ok(parseText(name + rest).kind)
  })
  t.doesNotThrow(() => {
    fc.assert(garbage)
  })
})
