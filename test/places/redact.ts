import t from 'tap'
import { REDACTED, redactor } from '../../src/places/redact.js'

const KEY = 'AIzaSy-fake_Key'

/** Each character of a key, escaped in one way. */
function escaped(key: string, escape: (hex: string) => string): string {
  return Array.from(key, (character) => escape(character.charCodeAt(0).toString(16))).join('')
}

void t.test('a key is found in every notation', async (t) => {
  const redact = redactor(KEY)
  const forms = [
    KEY,
    KEY.toLowerCase(),
    KEY.toUpperCase(),
    escaped(KEY, (hex) => `%${hex}`),
    escaped(KEY, (hex) => `%${hex.toUpperCase()}`),
    escaped(KEY, (hex) => `%25${hex}`),
    escaped(KEY, (hex) => `\\u00${hex}`),
    KEY.replace('-', '%2D').replace('_', '\\u005F'),
  ]
  for (const form of forms) {
    t.equal(redact(`key=${form}&x`), `key=${REDACTED}&x`, form)
    t.equal(redact(`x${form}${form}x`), `x${REDACTED}${REDACTED}x`)
  }
})

void t.test('text other than the key stays the same, byte for byte', async (t) => {
  const redact = redactor(KEY)
  const bytes = Array.from({ length: 256 }, (_, code) => String.fromCharCode(code)).join('')
  for (const text of [bytes, KEY.slice(1), KEY.slice(0, -1), KEY.replace('-', '.'), '$&$1'])
    t.equal(redact(text), text)
})

void t.test('a key of any characters is found in JSON and in a URL', async (t) => {
  const key = 'a"b/c\\d+e f=é(👋)'
  const redact = redactor(key)
  const latin1 = (text: string): string => Buffer.from(text).toString('latin1')
  for (const form of [
    key,
    JSON.stringify(key).slice(1, -1),
    JSON.stringify(key).slice(1, -1).replace('/', '\\/'),
    encodeURIComponent(key),
    new URLSearchParams({ key }).toString().slice('key='.length),
    'a\\u0022b\\u002fc\\u005cd\\u002Be\\u0020f=\\u00e9(\\ud83d\\udc4b)',
  ])
    t.equal(redact(`<${latin1(form)}>`), `<${REDACTED}>`, form)
})

void t.test('a key too short to be secret is found as a whole word', async (t) => {
  const redact = redactor('key')
  t.equal(redact('Key, "key" and key=KEY'), `${REDACTED}, "${REDACTED}" and ${REDACTED}=${REDACTED}`)
  t.equal(redact('keyhole, monkey, key2'), 'keyhole, monkey, key2')
})
