import { chmodSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { formatTokenLine, isTokenName, parseTokens, readTokens } from '../../src/net/tokens-file.js'
import { hashToken, newToken, Tokens } from '../../src/net/tokens.js'

const HASH = `sha256:${'0'.repeat(64)}`
const OTHER = `sha256:${'1'.repeat(64)}`

t.test('a tokens file has a name, a hash and rights per line', async (t) => {
  const token = newToken()
  const line = formatTokenLine('phones', hashToken(token), 'report:*')
  const entries = parseTokens(`# phones\r\n\n  ${line}\t\r\nmonitor ${HASH} status\n`, 'tokens')
  t.same(
    entries.map(({ name }) => name),
    ['phones', 'monitor'],
  )
  t.equal(new Tokens(entries).find(token)?.token, 'phones')
  t.same(parseTokens('# none left\n', 'tokens'), [])
})

t.test('each fault is named with its line and its value', async (t) => {
  const cases: [text: string, message: string][] = [
    [`a b ${HASH} status`, 'tokens, line 1: "b" is not sha256: and 64 hexadecimal digits'],
    [`-a ${HASH} status`, 'tokens, line 1: "-a" is not a name of 1 to 64 letters, digits, _, . or -'],
    [`\na ${HASH}`, 'tokens, line 2: "a" has no rights'],
    [
      `a ${HASH} status forget`,
      'tokens, line 1: "forget" follows the rights: they are separated by commas only',
    ],
    [`a ${HASH} read:`, 'tokens, line 1: "read:" has no pattern: * stands for all clients'],
    [`a ${HASH} status\na ${OTHER} status`, 'tokens, line 2: line 1 has the name "a", too'],
    [`a ${HASH} status\nb ${HASH} status`, 'tokens, line 2: line 1 has the hash of "b", too'],
    [
      `a proxyherd_${'x'.repeat(43)} status`,
      'tokens, line 1: "proxyherd_…" is not sha256: and 64 hexadecimal digits',
    ],
  ]
  for (const [text, message] of cases)
    t.throws(() => parseTokens(text, 'tokens'), { name: 'PersonError', message })
  t.throws(() => parseTokens('-\n'.repeat(7), 'tokens'), {
    message: /^tokens, line 1: .*; line 5: [^;]*; and 2 more$/,
  })
})

t.test('a file has a limit, and so has a name', async (t) => {
  const hash = (index: number): string => `sha256:${String(index).padStart(64, '0')}`
  const lines = Array.from({ length: 100_001 }, (_, index) => `t${index} ${hash(index)} status\n`)
  t.throws(() => parseTokens(lines.join(''), 'tokens'), {
    message: 'tokens has 100001 tokens, more than 100000',
  })
  t.ok(isTokenName('a'.repeat(64)))
  t.notOk(isTokenName('a'.repeat(65)))
  t.notOk(isTokenName(''))
  t.notOk(isTokenName(newToken()))
})

t.test('a file that others can read is warned of', async (t) => {
  const file = join(t.testdir(), 'tokens')
  writeFileSync(file, `a ${HASH} status\n`)
  // The umask may be that of servers.
  chmodSync(file, 0o644)
  const { entries, warnings } = await readTokens(file)
  t.equal(entries.length, 1)
  t.match(warnings, [/other users have access to/])
  writeFileSync(file, '')
  await t.rejects(readTokens(file), { message: `${file} is empty` })
})
