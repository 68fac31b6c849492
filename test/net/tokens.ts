import { inspect } from 'node:util'
import t from 'tap'
import { FULL_ACCESS, NO_ACCESS, parseRights, TokenRights } from '../../src/net/token-rights.js'
import { hashToken, isToken, newToken, Tokens, type TokenEntry } from '../../src/net/tokens.js'
import { toBytes } from '../../src/protocol/bytes.js'

const TRUCK = toBytes('truck-7')
const CAR = toBytes('car-7')

function rights(text: string): TokenRights {
  const parsed = parseRights(text)
  if (typeof parsed === 'string') throw new Error(parsed)
  return parsed
}

function entry(name: string, token: string, text: string): TokenEntry {
  return { name, hash: hashToken(token), rights: rights(text) }
}

t.test('each new token is different, and has the form of one', async (t) => {
  t.ok(isToken(newToken()))
  t.not(newToken(), newToken())
  for (const other of ['', 'proxyherd_', `${newToken()}x`, `${newToken()}\n`, newToken().slice(1)])
    t.notOk(isToken(other))
})

t.test('a token allows what its rights say', async (t) => {
  const some = rights('report:truck-*,read:truck-*,read:boat,status')
  t.ok(some.mayReport(TRUCK))
  t.notOk(some.mayReport(CAR))
  t.ok(some.mayRead(TRUCK))
  t.ok(some.mayRead(toBytes('a boat b'), 2, 6))
  t.notOk(some.mayRead(CAR))
  t.equal(some.reads, 'some')
  t.ok(some.may('status'))
  t.notOk(some.may('forget'))
  t.notOk(some.isForReports)
  t.equal(rights('read:*').reads, 'all')
  t.equal(rights('report:*').reads, 'none')
  t.ok(rights('report:*').isForReports)
  t.notOk(rights('report:*,read:a').isForReports)
  t.notOk(rights('report:*,control').isForReports)
})

t.test('without tokens everything is allowed, and without a token nothing', async (t) => {
  for (const [access, expected] of [
    [FULL_ACCESS, true],
    [NO_ACCESS, false],
  ] as const) {
    t.equal(access.mayReport(TRUCK), expected)
    t.equal(access.mayRead(TRUCK), expected)
    t.equal(access.reads, expected ? 'all' : 'none')
    t.equal(access.may('control'), expected)
    t.equal(access.token, undefined)
  }
})

t.test('what is wrong with rights is named', async (t) => {
  const cases: [text: string, why: RegExp][] = [
    ['', /^"" is not a right: use report:PATTERN, read:PATTERN, status, forget, control$/],
    ['report:a,raed:b', /^"raed:b" is not a right/],
    ['status:*', /^"status:\*" is not a right/],
    ['Report:a', /^"Report:a" is not a right/],
    ['report:', /^"report:" has no pattern: \* stands for all clients$/],
    ['read:a b', /^"read:a b" has white space/],
    ['read:\ufffd', /is not UTF-8/],
    [`read:${'ü'.repeat(129)}`, /^"read:ü{35}…" has a pattern of more than 256 bytes$/],
    [Array<string>(65).fill('status').join(','), /^65 rights are more than 64$/],
  ]
  for (const [text, why] of cases) t.match(parseRights(text), why)
  t.type(parseRights(`read:${'ü'.repeat(128)}`), TokenRights)
})

t.test('a token is found by itself only', async (t) => {
  const [a, b] = [newToken(), newToken()]
  const tokens = new Tokens([entry('a', a, 'report:*'), entry('b', b, 'read:*')])
  t.equal(tokens.find(a)?.token, 'a')
  t.equal(tokens.find(b)?.token, 'b')
  for (const other of [newToken(), hashToken(a), `${a} `, '', 'x'.repeat(1_000_000)])
    t.equal(tokens.find(other), undefined)
  t.notOk(inspect(tokens, { depth: 9, showHidden: true }).includes(a))
})

t.test('new tokens count for connections that have shown one, too', async (t) => {
  const [a, b] = [newToken(), newToken()]
  const tokens = new Tokens([entry('a', a, 'report:*'), entry('b', b, 'read:*')])
  const [grantA, grantB] = [tokens.find(a), tokens.find(b)]
  tokens.replaceWith([entry('other', a, 'read:*,forget')])
  t.equal(tokens.find(a), grantA)
  t.equal(grantA?.token, 'other')
  t.notOk(grantA?.mayReport(TRUCK))
  t.ok(grantA?.mayRead(TRUCK))
  t.equal(grantA?.reads, 'all')
  t.ok(grantA?.may('forget'))
  t.notOk(grantA?.isForReports)
  t.notOk(grantA?.isRevoked)
  t.equal(tokens.find(b), undefined)
  t.ok(grantB?.isRevoked)
  t.equal(grantB?.token, 'b')
  t.notOk(grantB?.mayRead(TRUCK))
  t.equal(grantB?.reads, 'none')
})
