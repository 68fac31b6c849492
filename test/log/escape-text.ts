import t from 'tap'
import {
  MAX_EXCERPT_CHARACTERS,
  escapeControls,
  escapeControlsInJson,
  escapeControlsInLines,
  toExcerpt,
} from '../../src/log/escape-text.js'

t.test('control characters are escaped', async (t) => {
  const cases: Record<string, string> = {
    'Zoë 中 👋': 'Zoë 中 👋',
    '\u001b[2J': '\\x1b[2J',
    'a\u{e0001}b': 'a\\u{e0001}b',
    'a\u202eb\u2028\n': 'a\\u{202e}b\\u{2028}\\x0a',
  }
  for (const [text, plain] of Object.entries(cases)) t.equal(escapeControls(text), plain)
})

t.test('line ends and tabs can be kept', async (t) => {
  t.equal(escapeControlsInLines('{\r\n\t"Zoë": 1\n}\r\u001b\u009b\n'), '{\r\n\t"Zoë": 1\n}\\x0d\\x1b\\x9b\n')
})

t.test('JSON keeps its value when its control characters are escaped', async (t) => {
  const text = 'a\u007f\u009b\u0080é\u001b"\u202e\u{e0001}'
  const plain = escapeControlsInJson(JSON.stringify({ text }))
  t.equal(plain, '{"text":"a\\u007f\\u009b\\u0080é\\u001b\\"\\u202e\\udb40\\udc01"}')
  t.same(JSON.parse(plain), { text })
})

t.test('a long text is shortened, counting escapes', async (t) => {
  const full = 'x'.repeat(MAX_EXCERPT_CHARACTERS)
  t.equal(toExcerpt(full), full)
  t.equal(toExcerpt(`${full}y`), `${full}…`)
  t.equal(toExcerpt('\u001b'.repeat(MAX_EXCERPT_CHARACTERS)).length, MAX_EXCERPT_CHARACTERS + 1)
  const pair = 'x'.repeat(MAX_EXCERPT_CHARACTERS - 1)
  t.equal(toExcerpt(`${pair}👋`), `${pair}…`, 'a surrogate pair is not cut in two')
})
