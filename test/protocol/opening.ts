import t from 'tap'
import { toBytes, toText } from '../../src/protocol/bytes.js'
import { LineReader, MAX_LINE_BYTES, textOf } from '../../src/protocol/lines.js'
import { FOREIGN_ANSWER, Opening } from '../../src/protocol/opening.js'

/** What an opening finds in chunks and their end: a foreign protocol, or the lines in the bytes that it passes on. */
function opened(pieces: readonly string[]): string | string[] {
  const opening = new Opening()
  const reader = new LineReader()
  const lines: string[] = []
  const read = (): void => {
    while (reader.next()) lines.push(textOf(reader))
  }
  let isOpen = false
  for (const piece of [...pieces, undefined]) {
    if (isOpen && piece !== undefined) reader.push(toBytes(piece))
    if (isOpen) continue
    const result = piece === undefined ? opening.finish() : opening.push(toBytes(piece))
    if (result.kind === 'foreign') return result.protocol
    if (result.kind === 'undecided') continue
    isOpen = true
    reader.push(result.bytes)
    read()
  }
  read()
  reader.finish()
  read()
  return lines
}

/** A text whole, byte by byte, and cut in two near its ends and near the limit of a line. */
function cuts(text: string): string[][] {
  const near = [0, 1, 2, 5, 15, 16, 17, MAX_LINE_BYTES, MAX_LINE_BYTES + 1, text.length - 10, text.length - 1]
  const halves = near.map((at) => [text.slice(0, at), text.slice(at)])
  return [[text], Array.from(text), ...halves]
}

const rest = 'Host: 127.0.0.1\r\nContent-Length: 40\r\n\r\nIAMAT kiwi +1+1 5\n'
const long = 'x'.repeat(2 * MAX_LINE_BYTES)

const HTTP: Record<string, string> = {
  'a request of a web page': `POST / HTTP/1.1\r\n${rest}`,
  'a request without headers': 'GET /',
  'a request for *': `OPTIONS * HTTP/1.1\r\n${rest}`,
  'a request to a proxy': `GET http://127.0.0.1/ HTTP/1.1\r\n${rest}`,
  'a request to a proxy that is cut off': 'GET http://x',
  'a request to a proxy with TLS': 'GET https://x',
  'a tunnel': 'CONNECT 127.0.0.1:12104 HTTP/1.1\r\n\r\n',
  'HTTP/2': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'a method that is a command': `IAMAT /x HTTP/1.1\r\n${rest}`,
  'a method in small letters': `kiwi /x HTTP/1.1\r\n${rest}`,
  'a target longer than a line': `POST /${long} HTTP/1.1\r\n${rest}`,
  'a method longer than a line': `${long} / HTTP/1.1\r\n${rest}`,
  'a command with a target longer than a line': `IAMAT /${long} HTTP/1.0\r\n${rest}`,
  'a request line without its end': 'WHATSAT /a HTTP/1.1',
  'a request line that ends in white space': `LINK /a HTTP/1.1 \t\v\f \r\n${rest}`,
}

t.test('HTTP is found in the first line, wherever it is cut', async (t) => {
  for (const [name, text] of Object.entries(HTTP))
    await t.test(name, async (t) => {
      for (const pieces of cuts(text)) t.equal(opened(pieces), 'HTTP')
    })
})

t.test('TLS is found in the first two bytes', async (t) => {
  for (const text of ['\x16\x03\x01\x02\x00\x01', '\x16\x03\nIAMAT kiwi +1+1 5\n'])
    for (const pieces of cuts(text)) t.equal(opened(pieces), 'TLS')
})

t.test('everything else is lines, and no byte is lost', async (t) => {
  const texts = [
    'IAMAT /dev/x +1+1 5\n',
    'WHATSAT /a 10 5\nWHATSAT /b 10 5\n',
    'IAMAT http://kiwi +1+1 5\nlast',
    'GET\nGET x\nPOST kiwi 5 5\n',
    'GET x\nGET / HTTP/1.1\r\n\r\n',
    'get /\nGETS /\nGET\t/\n GET /\n',
    'HTTP/1.1\n',
    'IAMAT /a HTTP/1.1V\n',
    'IAMAT GET /x 5\n',
    'IAMAT kiwi +1+1 5 HTTP/1.15\n',
    'IAMAT kiwi-HTTP/1.1\n',
    '\x16lime\n',
    '\x10\x16\x03\x01\n',
    '\n\n',
    ' ',
    'STATUS proxyherd',
    `IAMAT /${'k'.repeat(MAX_LINE_BYTES - 14)} +1+1 5\nlast`,
  ]
  for (const text of texts) {
    const lines = text.split('\n')
    if (lines.at(-1) === '') lines.pop()
    for (const pieces of cuts(text)) t.same(opened(pieces), lines, JSON.stringify(text.slice(0, 40)))
  }
  t.same(opened([]), [])
})

t.test('an overlong first line stays one overlong line, and is not kept whole', async (t) => {
  for (const length of [MAX_LINE_BYTES + 1, 20_000]) {
    const text = `/${'k'.repeat(length - 1)}\nFOO\n`
    for (const pieces of cuts(text)) t.same(opened(pieces), [`${text.slice(0, 64)}...`, 'FOO'])
  }
  const opening = new Opening()
  for (let pieces = 0; pieces < 100; pieces += 1) opening.push(toBytes(long))
  const result = opening.finish()
  t.equal(result.kind === 'lines' && result.bytes.length, MAX_LINE_BYTES + 1)
})

t.test('after a foreign protocol is found, everything is dropped', async (t) => {
  const opening = new Opening()
  t.same(opening.push(toBytes('GET / ')), { kind: 'foreign', protocol: 'HTTP' })
  t.same(opening.push(toBytes('IAMAT kiwi +1+1 5\n')), { kind: 'undecided' })
  t.same(opening.finish(), { kind: 'undecided' })
})

t.test('bytes that arrive in one chunk are not copied', async (t) => {
  const bytes = toBytes('IAMAT kiwi +1+1 5\nWHATSAT kiwi 10 5\n')
  const result = new Opening().push(bytes)
  t.equal(result.kind === 'lines' && result.bytes, bytes)
})

t.test('the answer is a whole HTTP response that lets no other origin read it', async (t) => {
  const [head = '', body = ''] = toText(toBytes(FOREIGN_ANSWER)).split('\r\n\r\n')
  t.match(head, /^HTTP\/1\.1 400 Bad Request\r\n/)
  t.match(head, `Content-Length: ${body.length}`)
  t.match(head, 'Connection: close')
  t.notMatch(head, /access-control/i)
  t.equal(body, 'This port speaks the proxyherd line protocol.\n')
})
