import fc from 'fast-check'
import t from 'tap'
import { HEADER_BYTES, parseHeader } from '../../src/engine/envelope.js'
import type { Messages, Received } from '../../src/engine/messages.js'
import { LINE, messagesOf, published } from '../fixtures/engine.js'
import { lineIn, statementLine } from '../fixtures/reports.js'
import { toText } from '../../src/protocol/bytes.js'

/** What a message is taken for: its kind, and its line or what is wrong. */
function readBy(reader: Messages, { subject, bytes }: { subject: string; bytes: Uint8Array }): string {
  const received: Received = reader.read(subject, bytes)
  if (received.kind === 'report') return `${received.carrier}: ${lineIn(received.report)}`
  if (received.kind === 'statement') return `${received.carrier} states: ${statementLine(received.statement)}`
  return received.kind === 'invalid' ? received.why : received.kind
}

const IDS = ['kiwi', '\xff\x00\x80', 'x'.repeat(97), 'y'.repeat(12_000)]

t.test('a report arrives as it was published, with a key and without', async (t) => {
  for (const keys of [[], ['key']])
    for (const id of IDS) {
      const line = `AT Clark +0.1 ${id} +1+1 1`
      t.equal(
        readBy(messagesOf('Oak', 2, ...keys), published(messagesOf('Clark', 1, ...keys), line)),
        `Clark: ${line}`,
      )
    }
})

t.test('a forget and a report of a later generation arrive as another kind of message', async (t) => {
  for (const keys of [[], ['key']])
    for (const line of ['GENERATION 0 AT Clark +0.1 kiwi - 5', 'GENERATION 7 AT Clark +0.1 kiwi +1+1 5']) {
      const message = published(messagesOf('Clark', 1, ...keys), line)
      t.equal(message.subject, published(messagesOf('Clark', 1, ...keys)).subject, 'it replaces the report')
      t.equal(parseHeader(message.bytes)?.kind, 'statement')
      t.equal(readBy(messagesOf('Oak', 2, ...keys), message), `Clark states: ${line}`)
    }
  const report = published(messagesOf('Clark', 1))
  report.bytes[1] = 4
  t.equal(readBy(messagesOf('Oak', 2), report), 'Clark has published a message that is no report')
})

t.test('heartbeats and notes have no report', async (t) => {
  for (const keys of [[], ['key']]) {
    const [clark, oak] = [messagesOf('Clark', 1, ...keys), messagesOf('Oak', 2, ...keys)]
    const beat = clark.heartbeat()
    t.equal(readBy(oak, beat), 'other')
    beat.bytes[1] = 3
    t.equal(readBy(oak, beat), 'removed')
  }
  const later = published(messagesOf('Clark', 1))
  later.bytes[1] = 77
  t.equal(readBy(messagesOf('Oak', 2), later), 'other')
  later.bytes[0] = 2
  t.equal(readBy(messagesOf('Oak', 2), later), 'unknown')
})

t.test('the messages of a run are numbered, so that no nonce is used twice', async (t) => {
  const clark = messagesOf('Clark', 1, 'key')
  const numbers = [published(clark), clark.heartbeat(), published(clark)].map(
    ({ bytes }) => parseHeader(bytes)?.number,
  )
  t.same(numbers, [1, 2, 3])
})

t.test('who runs the engine sees neither client nor position', async (t) => {
  const { subject, bytes } = published(messagesOf('Clark', 1, 'key'))
  for (const secret of ['kiwi', '+1+1', 'a2l3aQ']) {
    t.notOk(subject.includes(secret))
    t.notOk(toText(bytes).includes(secret))
  }
})

const OTHER_KEY = 'Clark publishes with another herd key, or its messages were changed'

t.test('a sealed message is refused if anything about it is changed', async (t) => {
  const [clark, oak] = [messagesOf('Clark', 1, 'key'), messagesOf('Oak', 2, 'key')]
  const message = published(clark)
  for (let at = 3; at < message.bytes.length; at += 1) {
    const bytes = Uint8Array.from(message.bytes)
    bytes[at] = (bytes[at] as number) ^ 1
    t.notMatch(readBy(oak, { ...message, bytes }), 'Clark: ', `byte ${at}`)
  }
  const subjects = {
    'another client': published(clark, 'AT Clark +0.1 plum +1+1 1').subject,
    'another carrier': message.subject.replace('Clark', 'Elm'),
  }
  for (const [name, subject] of Object.entries(subjects))
    t.match(readBy(oak, { ...message, subject }), 'publishes with another herd key', name)
  const bytes = Uint8Array.from(message.bytes)
  bytes.set(published(messagesOf('Clark', 3, 'key')).bytes.subarray(0, HEADER_BYTES))
  t.equal(readBy(oak, { ...message, bytes }), OTHER_KEY, 'another run')
  t.equal(readBy(messagesOf('Oak', 2, 'other'), message), OTHER_KEY, 'another key')
})

t.test('during a rotation of keys, both are known', async (t) => {
  const [old, between, young] = [['old'], ['old', 'new'], ['new', 'old']].map((keys) =>
    messagesOf('Oak', 2, ...keys),
  ) as [Messages, Messages, Messages]
  for (const reader of [between, young])
    for (const key of ['old', 'new'])
      t.equal(readBy(reader, published(messagesOf('Clark', 1, key))), `Clark: ${LINE}`)
  t.equal(readBy(old, published(messagesOf('Clark', 1, 'new'))), OTHER_KEY)
})

t.test('more runs than have keys at a time can be read', async (t) => {
  const oak = messagesOf('Oak', 2, 'key')
  for (let run = 10; run < 300; run += 1)
    t.equal(readBy(oak, published(messagesOf('Clark', run, 'key'))), `Clark: ${LINE}`)
  t.equal(readBy(oak, published(messagesOf('Clark', 10, 'key'))), `Clark: ${LINE}`)
})

t.test('herds with and without a key refuse each other', async (t) => {
  const [open, keyed] = [messagesOf('Clark', 1), messagesOf('Clark', 1, 'key')]
  t.equal(readBy(messagesOf('Oak', 2, 'key'), published(open)), 'Clark publishes without a herd key')
  t.equal(
    readBy(messagesOf('Oak', 2), published(keyed)),
    'Clark publishes with a herd key, and this server has none',
  )
})

t.test('no message makes reading throw, whatever its length and bytes', async (t) => {
  const readers = [messagesOf('Oak', 2), messagesOf('Oak', 2, 'key')]
  const { subject, bytes } = published(messagesOf('Clark', 1))
  const sealed = published(messagesOf('Clark', 1, 'key'))
  for (let length = 0; length < sealed.bytes.length; length += 1)
    t.notMatch(
      readBy(messagesOf('Oak', 2, 'key'), { ...sealed, bytes: sealed.bytes.subarray(0, length) }),
      'Clark: ',
    )
  for (const reader of readers)
    for (let length = 0; length < bytes.length; length += 1)
      t.not(readBy(reader, { subject, bytes: bytes.subarray(0, length) }), `Clark: ${LINE}`)
  t.equal(
    readBy(messagesOf('Oak', 2), { subject, bytes: bytes.subarray(0, -1) }),
    'Clark has published a message that is no report',
  )
  const header = fc.tuple(fc.constantFrom(0, 1, 2), fc.nat(4), fc.nat(2)).map((fields) => [...fields, 0])
  const garbage = fc
    .tuple(header, fc.uint8Array({ maxLength: 80 }))
    .map(([head, tail]) => Uint8Array.from([...head, ...tail]))
  fc.assert(
    fc.property(fc.string(), garbage, (subject, bytes) => {
      for (const reader of readers) readBy(reader, { subject, bytes })
    }),
  )
})
