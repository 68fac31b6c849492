import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { inspect } from 'node:util'
import t from 'tap'
import { newHerdKey, parseHerdKeys, readHerdKeys } from '../../src/net/herd-key.js'

const A = `proxyherd-key-1 ${'A'.repeat(43)}`
const B = `proxyherd-key-1 ${'-_'.repeat(21)}w`
const SECRET = 'vEpTsMNYZ5lkVN5uC0sLrQzQ4pkqC4nmN2vY'

t.test('each new key is different, and can be parsed', async (t) => {
  const text = newHerdKey()
  t.match(text, /^# [^\n]+\nproxyherd-key-1 [A-Za-z0-9_-]{43}\n$/)
  t.equal(parseHerdKeys(text, 'herd.key').first().psk.length, 32)
  t.not(newHerdKey(), text)
})

t.test('the first key is used to dial, and both are found by their identity', async (t) => {
  const [a, b] = [parseHerdKeys(A, 'herd.key').first(), parseHerdKeys(B, 'herd.key').first()]
  t.not(a.identity, b.identity)
  const texts: Record<string, string> = {
    'line by line': `${A}\n${B}\n`,
    'with comments, space and no last line end': `# the new one\r\n\r\n  ${A}\t\r\n#${B}\n   \n${B}`,
  }
  for (const [how, text] of Object.entries(texts)) {
    const keys = parseHerdKeys(text, 'herd.key')
    t.same(keys.first(), a, how)
    t.same(keys.find(a.identity), a.psk)
    t.same(keys.find(b.identity), b.psk)
    t.equal(keys.find(''), null)
  }
  t.equal(parseHerdKeys(A, 'herd.key').find(b.identity), null)
})

t.test('an invalid key file is rejected without showing its content', async (t) => {
  const make = 'make one with "proxyherd key new"'
  const cases: [text: string, message: string, hint?: string][] = [
    ['', 'herd.key contains no herd key', make],
    [`\n# ${A}\n`, 'herd.key contains no herd key', make],
    [`\n${SECRET}\n`, 'herd.key, line 2: not a herd key', make],
    [`${A}\n${A}${SECRET}`, 'herd.key, line 2: not a herd key', make],
    [`proxyherd-key-1 ${SECRET}`, 'herd.key, line 1: not a herd key', make],
    [`proxyherd-key-2 ${'A'.repeat(43)}`, 'herd.key, line 1: not a herd key', make],
    [`proxyherd-key-1 ${'A'.repeat(42)}=`, 'herd.key, line 1: not a herd key', make],
    [`${A}\n${B}\n${A}\n`, 'herd.key contains 3 herd keys, but at most 2 can be in use'],
  ]
  for (const [text, message, hint] of cases)
    t.throws(() => parseHerdKeys(text, 'herd.key'), { name: 'PersonError', message, ...(hint && { hint }) })
})

t.test('replaced keys are used from then on', async (t) => {
  const [keys, a, b] = [
    parseHerdKeys(A, 'herd.key'),
    parseHerdKeys(A, 'a').first(),
    parseHerdKeys(B, 'b').first(),
  ]
  keys.replaceWith(parseHerdKeys(B, 'herd.key'))
  t.same(keys.first(), b)
  t.same(keys.find(b.identity), b.psk)
  t.equal(keys.find(a.identity), null)
})

t.test('a key file is read with warnings', async (t) => {
  const folder = t.testdir({})
  const [own, open] = [join(folder, 'own.key'), join(folder, 'open.key')]
  writeFileSync(own, A, { mode: 0o600 })
  writeFileSync(open, SECRET, { mode: 0o644 })
  const { keys, warnings } = await readHerdKeys(own)
  t.same(keys.first(), parseHerdKeys(A, 'herd.key').first())
  t.same(warnings, [])
  await t.rejects(readHerdKeys(open), { name: 'PersonError', message: `${open}, line 1: not a herd key` })
})

t.test('keys do not appear in text, JSON or inspection', async (t) => {
  const keys = parseHerdKeys(newHerdKey(), 'herd.key')
  const { identity, psk } = keys.first()
  const shown = [
    inspect(keys, { showHidden: true, getters: true, depth: null }),
    inspect({ keys }),
    JSON.stringify({ keys }),
    // eslint-disable-next-line @typescript-eslint/no-base-to-string -- what a careless log would do
    String(keys),
    JSON.stringify(Object.entries(keys)),
    identity,
  ].join('\n')
  for (const encoding of ['base64', 'base64url', 'hex', 'latin1'] as const)
    t.notOk(shown.includes(psk.toString(encoding)), encoding)
  t.notMatch(shown, /Buffer|Uint8Array|psk/)
})
