import t from 'tap'
import { MAX_SHOWN_CHARACTERS, toPlain, toPlainJson, toPlainLines, toShown } from '../../src/log/plain.js'

t.test('control characters are escaped', async (t) => {
  const cases: Record<string, string> = {
    'Zoë 中 👋': 'Zoë 中 👋',
    '\u001b[2J': '\\x1b[2J',
    'a\u{e0001}b': 'a\\u{e0001}b',
    'a\u202eb\u2028\n': 'a\\u{202e}b\\u{2028}\\x0a',
  }
  for (const [text, plain] of Object.entries(cases)) t.equal(toPlain(text), plain)
})

t.test('lines and tabs may be kept', async (t) => {
  t.equal(toPlainLines('{\r\n\t"Zoë": 1\n}\r\u001b\u009b\n'), '{\r\n\t"Zoë": 1\n}\\x0d\\x1b\\x9b\n')
})

t.test('JSON keeps its meaning when its control characters are escaped', async (t) => {
  const text = 'a\u007f\u009b\u0080é\u001b"\u202e\u{e0001}'
  const plain = toPlainJson(JSON.stringify({ text }))
  t.equal(plain, '{"text":"a\\u007f\\u009b\\u0080é\\u001b\\"\\u202e\\udb40\\udc01"}')
  t.same(JSON.parse(plain), { text })
})

t.test('a long text is shortened, escapes included', async (t) => {
  const full = 'x'.repeat(MAX_SHOWN_CHARACTERS)
  t.equal(toShown(full), full)
  t.equal(toShown(`${full}y`), `${full}…`)
  t.equal(toShown('\u001b'.repeat(MAX_SHOWN_CHARACTERS)).length, MAX_SHOWN_CHARACTERS + 1)
  const pair = 'x'.repeat(MAX_SHOWN_CHARACTERS - 1)
  t.equal(toShown(`${pair}👋`), `${pair}…`, 'no half of a character is left')
})
