import t from 'tap'
import { decodeBody } from '../../src/places/decode-body.js'

const TEXT = '{"name": "Löwen"}'
const WIRE = Buffer.from(TEXT).toString('latin1')

function bigEndian(text: string): Buffer {
  return Buffer.from(text, 'utf16le').swap16()
}

const bodies: Readonly<Record<string, readonly [Buffer, string?]>> = {
  'UTF-8': [Buffer.from(TEXT)],
  'UTF-8 that is called something else': [Buffer.from(TEXT), 'application/json; charset=iso-8859-1'],
  'UTF-8 after a byte order mark': [Buffer.from(`\ufeff${TEXT}`)],
  'the charset that it names': [Buffer.from(TEXT, 'latin1'), 'application/json; charset="ISO-8859-1"'],
  'UTF-16 after a byte order mark': [Buffer.from(`\ufeff${TEXT}`, 'utf16le'), 'application/json'],
  'UTF-16 of the other order': [bigEndian(`\ufeff${TEXT}`)],
  'UTF-16 without a mark': [Buffer.from(TEXT, 'utf16le')],
  'UTF-16 of the other order, without a mark': [bigEndian(TEXT)],
}

for (const [title, [body, contentType]] of Object.entries(bodies))
  void t.test(`a body in ${title} is read`, (t) => {
    t.equal(decodeBody(body, contentType), WIRE)
    t.end()
  })

void t.test('an empty body is empty text', (t) => {
  t.equal(decodeBody(Buffer.alloc(0)), '')
  t.end()
})

for (const contentType of [undefined, 'text/plain; charset=utf-8', 'text/plain; charset=klingon'])
  void t.test(`a body that is not ${contentType ?? 'UTF-8'} is an error`, (t) => {
    const message = 'sent text that is neither UTF-8 nor in the charset that it names'
    t.throws(() => decodeBody(Buffer.from(TEXT, 'latin1'), contentType), { message })
    t.end()
  })
