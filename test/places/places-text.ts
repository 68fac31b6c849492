import fc from 'fast-check'
import t from 'tap'
import { cutPlaces, readPlaces } from '../../src/places/places-text.js'
import { PlacesError } from '../../src/places/provider.js'

const three = '{ "results" : [ {"n": 1.50},\n  {"n": "\\u00e9"} , 3 ],\n  "status" : "OK" }'

const cases = [
  { title: 'no results', text: three, most: 0, cut: '{ "results" : [ ],\n  "status" : "OK" }' },
  {
    title: 'the first result',
    text: three,
    most: 1,
    cut: '{ "results" : [ {"n": 1.50} ],\n  "status" : "OK" }',
  },
  {
    title: 'results in their own spelling',
    text: three,
    most: 2,
    cut: '{ "results" : [ {"n": 1.50},\n  {"n": "\\u00e9"} ],\n  "status" : "OK" }',
  },
  { title: 'as many results as there are', text: three, most: 3, cut: three },
  { title: 'more results than there are', text: three, most: 20, cut: three },
  { title: 'an empty list', text: '{"results":[]}', most: 0, cut: '{"results":[]}' },
  {
    title: 'an answer without results',
    text: '{"status": "ZERO_RESULTS"}',
    most: 0,
    cut: '{"status": "ZERO_RESULTS"}',
  },
  { title: 'results that are no list', text: '{"results": {"a": 1}}', most: 0, cut: '{"results": {"a": 1}}' },
  { title: 'results further down', text: '{"a": {"results": [1]}}', most: 0, cut: '{"a": {"results": [1]}}' },
  {
    title: 'results twice',
    text: '{"results": [1], "results": [2]}',
    most: 0,
    cut: '{"results": [1], "results": []}',
  },
  { title: 'results in escapes', text: '{"result\\u0073": [1]}', most: 0, cut: '{"result\\u0073": []}' },
  { title: 'brackets in strings', text: '{"results": ["]", "["]}', most: 1, cut: '{"results": ["]"]}' },
  { title: 'runs of newlines', text: '{\n\n"a": 1,\n\n\n"b": 2\n}', most: 0, cut: '{\n"a": 1,\n"b": 2\n}' },
  {
    title: 'runs of CRLF',
    text: '{\r\n\r\n"a": 1,\n\r\n"b": 2\r\n}',
    most: 0,
    cut: '{\r\n"a": 1,\n"b": 2\r\n}',
  },
  {
    title: 'a run that cutting makes',
    text: '{"results": [1\n, 2\n]\n}',
    most: 0,
    cut: '{"results": [\n]\n}',
  },
  { title: 'newlines at the end', text: '{}\n\r\n\n', most: 0, cut: '{}' },
  { title: 'newlines at the beginning', text: '\n\r\n{}', most: 0, cut: '{}' },
  { title: 'escaped newlines', text: '{"a": "\\n\\n"}', most: 0, cut: '{"a": "\\n\\n"}' },
]

for (const { title, text, most, cut } of cases)
  void t.test(title, (t) => {
    t.equal(cutPlaces(readPlaces(text), most), cut)
    t.end()
  })

const faults = [
  { title: 'nothing', text: '', message: 'sent an empty answer' },
  { title: 'JSON that breaks off', text: '{"results": [1', message: 'sent JSON that ends too early' },
  { title: 'a trailing comma', text: '{"results": [1,]}', message: 'sent broken JSON' },
  { title: 'a comment', text: '{} // done', message: 'sent broken JSON' },
  { title: 'two answers', text: '{} {}', message: 'sent broken JSON' },
  { title: 'a web page', text: '<!doctype html>', message: 'sent HTML or XML in place of JSON' },
  {
    title: 'JSON nested thousands deep',
    text: `{"results": ${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
    message: 'sent broken JSON',
  },
  { title: 'a list', text: '[]', message: 'sent JSON that is not an object' },
  { title: 'null', text: 'null', message: 'sent JSON that is not an object' },
]

for (const { title, text, message } of faults)
  void t.test(`${title} is not an answer`, (t) => {
    t.throws(() => readPlaces(text), new PlacesError(message, text))
    t.end()
  })

const refusals = [
  {
    title: 'a denied request',
    text: '{"error_message": "Der Schl\u00c3\u00bcssel \\u00e9", "results": [], "status": "REQUEST_DENIED"}',
    message: 'refused the request (REQUEST_DENIED)',
    detail: 'REQUEST_DENIED: Der Schlüssel é',
  },
  {
    title: 'a status that is not documented',
    text: '{"results": [{}], "status": "TEAPOT"}',
    message: 'refused the request (unknown status)',
    detail: 'TEAPOT',
  },
  {
    title: 'a status that is not text',
    text: '{"status": 403}',
    message: 'refused the request (unknown status)',
    detail: undefined,
  },
  {
    title: 'an error message alone',
    text: '{"error_message": "no\\n\\u001b[2J"}',
    message: 'refused the request (unknown status)',
    detail: 'no \\x1b[2J',
  },
]

for (const { title, text, message, detail } of refusals)
  void t.test(`${title} is a refusal`, (t) => {
    t.throws(() => readPlaces(text), { message, detail })
    t.end()
  })

/** JSON text of a value with all kinds of white space between its tokens. */
function formatted(json: string, spaces: readonly string[]): string {
  let next = 0
  const space = () => spaces[next++ % spaces.length] ?? ''
  const tokens = json.match(/"(?:[^"\\]|\\.)*"|[[\]{},:]|[^[\]{},:"]+/g) ?? []
  return tokens.map((token) => space() + token).join('') + space()
}

const json = fc.jsonValue({ maxDepth: 3 })
const fields = fc.dictionary(fc.string(), json, { maxKeys: 4 })
const spaces = fc.array(fc.stringMatching(/^[ \t\n\r]{0,4}$/), { minLength: 1, maxLength: 7 })
const most = fc.nat(6)

void t.test('an answer keeps everything but the results cut off, however it is formatted', (t) => {
  fc.assert(
    fc.property(
      fields,
      fc.array(json, { maxLength: 5 }),
      fields,
      spaces,
      most,
      (before, results, after, spaces, most) => {
        const whole = JSON.stringify({ ...before, results, ...after, results2: 0 })
        const parsed = JSON.parse(whole) as { results: unknown }
        const cut = cutPlaces(readPlaces(formatted(whole, spaces)), most)
        const kept = Array.isArray(parsed.results) ? parsed.results.slice(0, most) : parsed.results
        t.equal(JSON.stringify(JSON.parse(cut)), JSON.stringify({ ...parsed, results: kept }))
        if (/\n\r?\n|^\r?\n|\n$/.test(cut)) t.fail('has a run of newlines, or one at an end', { cut })
      },
    ),
  )
  t.end()
})

void t.test('text before and after the results is unchanged', (t) => {
  fc.assert(
    fc.property(fields, fc.array(json, { maxLength: 5 }), fields, most, (before, results, after, most) => {
      const head = `{"before" : ${JSON.stringify(before, null, 2)} ,\n "results" : [`
      const tail = `]\n ,"after" : ${JSON.stringify(after, null, '\t')} }`
      const text = `${head}${results.map((result) => JSON.stringify(result)).join(' , ')}${tail}`
      const kept = results.slice(0, most).map((result) => JSON.stringify(result))
      t.equal(cutPlaces(readPlaces(text), most), `${head}${kept.join(' , ')}${tail}`)
    }),
  )
  t.end()
})
