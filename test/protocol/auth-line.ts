import t from 'tap'
import { authWordOf, formatAuthReply, parseAuthReply } from '../../src/protocol/auth-line.js'
import { ByteWriter } from '../../src/protocol/bytes.js'
import { parseText } from '../../src/protocol/command.js'
import { LineReader, lineOf } from '../../src/protocol/lines.js'
import { writeRefusal } from '../../src/protocol/refusal.js'

t.test('AUTH takes one token, of any bytes', async (t) => {
  t.same(parseText('AUTH token'), { kind: 'auth', token: 'token' })
  t.same(parseText('\t AUTH \x00\xff\r'), { kind: 'auth', token: '\x00\xff' })
  const why = 'AUTH takes a token, and is written in capital letters'
  for (const line of [
    'AUTH',
    'AUTH ',
    'AUTH a b',
    'auth a',
    'Auth: a',
    'AUTH\x00a',
    'AUTHa',
    'authority a b',
  ])
    t.same(parseText(line), { kind: 'malformed', why }, line)
  t.match(parseText('AUT a'), { why: 'unknown command "AUT"' })
})

t.test('no line that may hold a token is copied', async (t) => {
  const cases: [line: string, refusal: string][] = [
    ['AUTH token', '? AUTH\n'],
    [' \t\v\f\rauTh token', '? auTh\n'],
    ['AUTH\x00token', '? AUTH\n'],
    ['authtoken', '? auth\n'],
    ['AUTH', '? AUTH\n'],
    ['AUT', '? AUT\n'],
    ['AUTO x', '? AUTO x\n'],
    ['', '? \n'],
    ['  ', '?   \n'],
    ['x AUTH token', '? x AUTH token\n'],
  ]
  for (const [line, refusal] of cases) {
    const out = new ByteWriter()
    writeRefusal(out, lineOf(line))
    t.equal(out.take().toString('latin1'), refusal)
  }
  const reader = new LineReader(10)
  reader.push(Buffer.from(`AUTH ${'x'.repeat(100)}\nIAMAT ${'y'.repeat(100)}\n`))
  const out = new ByteWriter()
  while (reader.next()) writeRefusal(out, reader)
  t.equal(out.take().toString(), `? AUTH\n? IAMAT ${'y'.repeat(58)}...\n`)
})

t.test('a line ends where it ends, whatever follows it in memory', async (t) => {
  const bytes = Buffer.from('AUTH token')
  const line = {
    bytes,
    start: 0,
    end: 2,
    isOverlong: false,
    fieldCount: 1,
    fieldStart: () => 0,
    fieldEnd: () => 2,
  }
  t.equal(authWordOf(line), undefined)
  t.equal(authWordOf({ ...line, end: 4 }), 'AUTH')
})

t.test('the reply to AUTH names the token, if one is needed', async (t) => {
  for (const name of [undefined, 'phones']) t.equal(parseAuthReply(formatAuthReply(name).trim()), name ?? '')
  t.equal(parseAuthReply('AUTH phones\r'), 'phones')
  t.equal(parseAuthReply('AUTH\r'), '')
  for (const other of ['? AUTH', 'AUTH ', 'AUTHx', 'AUTH a b', `AUTH ${'a'.repeat(65)}`, ''])
    t.equal(parseAuthReply(other), undefined)
})
