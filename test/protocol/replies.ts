import t from 'tap'
import { ReplyReader, type Reply } from '../../src/protocol/replies.js'

const at = 'AT Clark +0.263873386 kiwi +34-118 1621464827.9'
const iamat = 'IAMAT kiwi +34-118 1621464827.9'

interface Case {
  commands: string[]
  replies: string[]
  kinds: Reply['kind'][]
}

const cases: Record<string, Case> = {
  'the reply to an IAMAT is a line': { commands: [iamat], replies: [`${at}\n`], kinds: ['report'] },
  'the reply to a WHATSAT ends with two newlines': {
    commands: ['WHATSAT kiwi 10 5'],
    replies: [`${at}\n{\n  "results": []\n}\n\n`],
    kinds: ['places'],
  },
  'the reply to an invalid command is a line': {
    commands: ['FOO', ''],
    replies: ['? FOO\n', '? \n'],
    kinds: ['refused', 'refused'],
  },
  'the reply to a refused WHATSAT is a line': {
    commands: ['WHATSAT kiwi 10 5', iamat],
    replies: ['? WHATSAT kiwi 10 5\n', `${at}\n`],
    kinds: ['refused', 'report'],
  },
  'the reply to a NEAR is reports up to an empty line': {
    commands: ['NEAR +34-118 5 10', iamat],
    replies: [`${at}\n${at}\n\n`, `${at}\n`],
    kinds: ['near', 'report'],
  },
  'the reply to a NEAR may have no reports': {
    commands: ['NEAR +34-118 5 10', 'NEAR +34-118 0 10', iamat],
    replies: ['\n', '\n', `${at}\n`],
    kinds: ['near', 'near', 'report'],
  },
  'the reply to a refused NEAR is a line': {
    commands: ['NEAR +34-118 5 10', 'NEAR +34-118 5 10', iamat],
    replies: ['? NEAR +34-118 5 10\n', 'hello\n', `${at}\n`],
    kinds: ['refused', 'foreign', 'report'],
  },
  'the reply to a refused WATCH is a line': {
    commands: ['WATCH kiwi', iamat],
    replies: ['? WATCH kiwi\n', `${at}\n`],
    kinds: ['refused', 'report'],
  },
  'the reply to a FORGET is a line': {
    commands: ['FORGET kiwi', 'FORGET kiwi 5.5', 'FORGET kiwi 9', 'FORGET kiwi'],
    replies: ['FORGOTTEN kiwi\n', 'FORGOTTEN kiwi 5.5\r\n', '? FORGET kiwi 9\n', 'FORGOTTEN\n'],
    kinds: ['forgotten', 'forgotten', 'refused', 'foreign'],
  },
  'an AT gets no reply': { commands: [at, iamat, at], replies: [`${at}\n`], kinds: ['report'] },
  'the reply to a refused AT is its copy': {
    commands: [at, iamat, at],
    replies: [`? ${at}\n`, `${at}\n`, `? ${at}\n`],
    kinds: ['refused', 'report', 'refused'],
  },
  'after a refused AT, a places reply ends with two newlines': {
    commands: [at, 'WHATSAT kiwi 10 5'],
    replies: [`? ${at}\n`, `${at}\n{}\n\n`],
    kinds: ['refused', 'places'],
  },
  'a places reply may have no JSON': {
    commands: ['WHATSAT kiwi 10 5', iamat],
    replies: [`${at}\n\n\n`, `${at}\n`],
    kinds: ['report', 'report'],
  },
  'a line that no command asked for is passed on': {
    commands: [],
    replies: ['hello\n'],
    kinds: ['foreign'],
  },
  'the reply to a greeting is a line': {
    commands: ['LINK 1 a b 1'],
    replies: ['? LINK 1 a b 1\n'],
    kinds: ['refused'],
  },
  'the reply to a STATUS is a line': {
    commands: ['STATUS proxyherd', iamat],
    replies: ['STATUS {"server":"Clark"}\n', `${at}\n`],
    kinds: ['status', 'report'],
  },
  'empty lines before a reply are no replies': {
    commands: ['FOO', 'WHATSAT kiwi 10 5', iamat],
    replies: ['? FOO\n', '\n', `${at}\n{}\n\n`, '\r\n', `${at}\n`],
    kinds: ['refused', 'blank', 'places', 'blank', 'report'],
  },
  'a foreign reply is passed on': {
    commands: ['WHATSAT kiwi 10 5', iamat],
    replies: ['hello\n', 'AT nonsense\n'],
    kinds: ['foreign', 'foreign'],
  },
}

for (const [name, { commands, replies, kinds }] of Object.entries(cases)) {
  t.test(name, async (t) => {
    for (const cut of [replies, [replies.join('')], Array.from(replies.join(''))]) {
      const reader = new ReplyReader()
      commands.forEach((line) => {
        reader.expect(line)
      })
      const read = cut.flatMap((text) => reader.push(text))
      t.same(
        read.map(({ text }) => text),
        replies,
        'as they came',
      )
      t.same(
        read.map(({ kind }) => kind),
        kinds,
      )
      t.equal(reader.outstanding, 0)
      t.equal(reader.unreadBytes, 0)
    }
  })
}

t.test('a WATCH is answered with reports without end, and what follows it is refused', async (t) => {
  const reader = new ReplyReader()
  for (const line of [iamat, 'WATCH kiwi', iamat]) reader.expect(line)
  t.notOk(reader.isStreaming)
  t.match(reader.push(`${at}\n${at}\n? ${iamat}\n${at}\n`), [
    { kind: 'report' },
    { kind: 'report' },
    { kind: 'refused' },
    { kind: 'report' },
  ])
  t.ok(reader.isStreaming)
  t.equal(reader.oldest, 'WATCH kiwi')
})

t.test('a places reply has a report and JSON', async (t) => {
  const reader = new ReplyReader()
  reader.expect('WHATSAT kiwi 10 5')
  t.equal(reader.outstanding, 1)
  t.same(reader.push(`${at}\n{}\n`), [])
  t.equal(reader.unreadBytes, at.length + 4)
  t.match(reader.push('\n'), [{ kind: 'places', json: '{}', line: at }])
})

t.test('each reply has its parts', async (t) => {
  const reader = new ReplyReader()
  for (const line of ['WHATSAT kiwi 10 5', 'FOO', 'STATUS proxyherd']) reader.expect(line)
  t.same(reader.push(`${at}\n{}\n\n? FOO\nSTATUS {"clients":1}\n`), [
    { kind: 'places', text: `${at}\n{}\n\n`, line: at, json: '{}' },
    { kind: 'refused', text: '? FOO\n', command: 'FOO' },
    { kind: 'status', text: 'STATUS {"clients":1}\n', json: '{"clients":1}' },
  ])
})

t.test('the report in a reply has single spaces, and the text of the reply is unchanged', async (t) => {
  const reader = new ReplyReader()
  const spaced = ` ${at.replaceAll(' ', '\t ')}\r\n`
  reader.expect(iamat)
  t.same(reader.push(spaced), [{ kind: 'report', text: spaced, line: at }])
})

t.test('the first command without a reply is known, also after many', async (t) => {
  const reader = new ReplyReader()
  t.equal(reader.oldest, undefined)
  for (let index = 0; index < 3_000; index += 1) {
    reader.expect(`FOO ${index}`)
    reader.expect(`BAR ${index}`)
    reader.push(`? FOO ${index}\n`)
  }
  t.equal(reader.outstanding, 3_000)
  t.equal(reader.oldest, 'FOO 1500')
})
