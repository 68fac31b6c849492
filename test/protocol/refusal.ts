import t from 'tap'
import { ByteWriter, toBytes, toText } from '../../src/protocol/bytes.js'
import { LineReader } from '../../src/protocol/lines.js'
import { writeRefusal } from '../../src/protocol/refusal.js'

const cases: Record<string, string> = {
  'FOO  bar\t baz\n': '? FOO  bar\t baz\n',
  '  FOO  \n': '?   FOO  \n',
  'FOO\r\n': '? FOO\r\n',
  '\n': '? \n',
  '   \n': '?    \n',
  '\xff\0\n': '? \xff\0\n',
  [`${'y'.repeat(5_000)}\n`]: `? ${'y'.repeat(64)}...\n`,
}

t.test('a refusal is "? " and an exact copy of the line', async (t) => {
  for (const [sent, reply] of Object.entries(cases)) {
    const lines = new LineReader()
    const out = new ByteWriter()
    lines.push(toBytes(sent))
    while (lines.next()) writeRefusal(out, lines)
    t.equal(toText(out.take()), reply, JSON.stringify(sent.slice(0, 20)))
  }
})
