import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import { dialectOf, type Dialect, type FieldTexts } from '../../src/link/dialect.js'
import { dialectName, DIALECTS, PLAIN, readLine } from '../../src/link/dialects.js'
import { normalReport, reportFields } from '../../src/link/normal-report.js'
import { lineIn, report } from '../fixtures/reports.js'

const isServer = (name: string): boolean => ['Juzang', 'Bernard', 'Jaquez'].includes(name)
const RECEIPT = { from: 'Oak', at: 1_795_647_642_500_000_000n }
const T = '1795647641.087595123'
const POS = '+34.068930-118.445127'

/** The report that is made of a line, and its dialect. */
function normal(line: string, used: readonly Dialect[] = []): string {
  const read = readLine(line, used, isServer)
  if (!read) return 'unread'
  const command = normalReport(read.fields, RECEIPT)
  return `${dialectName(read.dialect)}: ${command.kind === 'at' ? lineIn(command.report) : command.kind}`
}

t.test('the lines of public herds are understood', async (t) => {
  const plain = `AT Juzang +0.005441 dia1 ${POS} ${T}`
  const computed = `AT Juzang +1.412404877 dia1 ${POS} ${T}`
  const cases: Record<string, string> = {
    [plain]: `plain: ${plain}`,
    [` AT  Juzang\t+0.005441 dia1 ${POS} ${T}\r`]: `plain: ${plain}`,
    [`AT Juzang --0.7 dia1 ${POS} ${T}`]: `plain: AT Juzang -0.7 dia1 ${POS} ${T}`,
    [`AT Juzang +-0.7 dia1 ${POS} ${T}`]: `plain: AT Juzang -0.7 dia1 ${POS} ${T}`,
    [`AT Juzang +5.5e-05 dia1 ${POS} ${T}`]: `plain: AT Juzang +0.000055 dia1 ${POS} ${T}`,
    [`AT Juzang +5.5E+1 dia1 ${POS} ${T}`]: `plain: AT Juzang +55 dia1 ${POS} ${T}`,
    [`AT Juzang +1.5e3 dia1 ${POS} ${T}`]: `plain: AT Juzang +1500 dia1 ${POS} ${T}`,
    [`AT Juzang +12.25e1 dia1 ${POS} ${T}`]: `plain: AT Juzang +122.5 dia1 ${POS} ${T}`,
    [`AT Juzang +1e99 dia1 ${POS} ${T}`]: 'plain: malformed',
    [`AT Juzang 2 dia1 ${POS} 1e99`]: 'hops: malformed',
    [`AT Juzang 0.003522 dia1 ${POS} 5.`]: `plain: AT Juzang +0.003522 dia1 ${POS} 5`,
    [`AT Juzang +.5 dia1 ${POS} .5`]: `plain: AT Juzang +0.5 dia1 ${POS} 0.5`,
    [`AT Juzang +0.5 dia1 34.06-118.4 ${T}`]: `plain: AT Juzang +0.5 dia1 +34.06-118.4 ${T}`,
    [`AT Juzang +0.5 dia1 +3.4e1-118.4 ${T}`]: `plain: AT Juzang +0.5 dia1 +34-118.4 ${T}`,
    [`AT Juzang +0.5 dia1 +3.4e-1-118.4 ${T}`]: `plain: AT Juzang +0.5 dia1 +0.34-118.4 ${T}`,
    [`AT Juzang +0.5 dia1 +91-118.4 ${T}`]: 'plain: malformed',
    [`AT Juzang 2 dia1 ${POS} ${T}`]: `hops: ${computed}`,
    [`AT Juzang +0.005441 dia1 +34.068930,-118.445127 ${T}`]: `comma: ${plain}`,
    [`AT Juzang +0.005441 dia1 34.068930,118.445127 ${T}`]: `comma: AT Juzang +0.005441 dia1 +34.068930+118.445127 ${T}`,
    [`${plain} Juzang`]: `sender: ${plain}`,
    [`${plain} Juzang  Bernard`]: `visited: ${plain}`,
    [`${plain} 1795647687.806117`]: `received: ${plain}`,
    [`${plain} ['Juzang', 'Bernard']`]: `visited-list: ${plain}`,
    [`${plain} []`]: `visited-list: ${plain}`,
    [`AT Juzang-Bernard-Jaquez +0.005441 dia1 ${POS} ${T}`]: `visited-origin: ${plain}`,
    [`AT Juzang-West +0.005441 dia1 ${POS} ${T}`]: `plain: AT Juzang-West +0.005441 dia1 ${POS} ${T}`,
    [`AT 0.005441 Juzang dia1 ${POS} ${T}`]: `skew-first: ${plain}`,
    [`AT dia1 ${POS} ${T} +0.005441 Juzang Bernard`]: `client-first: ${plain}`,
    [`AT Juzang +0.005441 IAMAT dia1 ${POS} ${T}`]: `iamat: ${plain}`,
    [`FLOOD ${plain} Juzang Bernard`]: `flood-visited: ${plain}`,
    [`FLOOD 17 ${plain}`]: `flood-number: ${plain}`,
    [`FLOOD Bernard dia1 ${POS} ${T} 1795648222.2417755 Juzang +0.005441`]: `flood-sender: ${plain}`,
    [`FLOOD dia1 ${POS} ${T} 1795647642.5 Juzang`]: `flood-received-server: ${computed}`,
    [`FLOOD dia1 ${POS} ${T} Juzang 1795647642.5`]: `flood-server-received: ${computed}`,
    [`FLOOD dia1 ${POS} +0.005441 ${T} Juzang`]: `flood-skew: ${plain}`,
    [`UPDATE ${plain}`]: `update: ${plain}`,
    [`PROPAGATE dia1 ${POS} +0.005441 ${T} Juzang`]: `propagate: ${plain}`,
    [`PROPAG_CMSG Bernard Juzang,Bernard dia1 ${T} ${POS}`]: `propagate-visited: ${computed}`,
    [`From Bernard: ${plain}`]: `from: ${plain}`,
    [`Juzang dia1;+34.068930;-118.44512;AT_Juzang_+0.005441_dia1_${POS}_${T}`]: `semicolons: ${plain}`,
    [`FLOOD dia1 ${POS} ${T}`]: 'unread',
    '': 'unread',
    [`AT Juzang ${'x'.repeat(4_000)}`]: 'unread',
  }
  for (const [line, expected] of Object.entries(cases)) t.equal(normal(line), expected, line)
})

t.test('a line is in a dialect that its sender uses, if it can be', async (t) => {
  const visited = DIALECTS.get('visited') as Dialect
  const line = `AT Juzang +0.1 dia1 ${POS} ${T} Juzang`
  t.match(normal(line, [PLAIN, visited]), /^visited: /)
  const own = dialectOf('SAW {client} {latitude}/{longitude} {time}') as Dialect
  t.equal(
    normal(`SAW dia1 34/-118 ${T}`, [own]),
    `SAW {client} {latitude}/{longitude} {time}: AT Oak +1.412404877 dia1 +34-118 ${T}`,
    'the origin is the sender, if the line does not say it',
  )
})

t.test('what a report has is written and read again in every dialect', async () => {
  const decimal = fc.tuple(fc.integer({ min: 0, max: 89 }), fc.integer({ min: 0, max: 999_999_999 }))
  const number = decimal.map(([whole, fraction]) => `${whole}.${String(fraction).padStart(9, '0')}`)
  const sign = fc.constantFrom('+', '-')
  const property = fc.property(
    fc.constantFrom('Juzang', 'Bernard', 'Clark'),
    // A time of arrival says no more of a skew of zero, so it has one sign.
    fc.tuple(sign, number).filter(([sign, digits]) => sign === '+' || Number(digits) > 0),
    fc.constantFrom('dia1', 'a_b', 'x;y', '\xe9\xff\xa0', '+1', '{client}'),
    fc.tuple(sign, number, sign, number),
    number.map((digits) => `16214648${digits}`),
    (server, skew, client, position, time) => {
      const line = `AT ${server} ${skew.join('')} ${client} ${position.join('')} ${time}`
      const fields = reportFields(report(line), 'Clark', 7)
      for (const [name, dialect] of DIALECTS) {
        const read = dialect.read(dialect.write(fields))
        const carried = Object.fromEntries(
          Object.keys(read ?? {}).map((field) => [field, fields[field as keyof FieldTexts]]),
        )
        assert.deepEqual(read, carried, `${name}: ${line}`)
        if ((carried['skew'] ?? carried['received']) === undefined) continue
        const again = normalReport(read, RECEIPT)
        assert.equal(again.kind === 'at' && lineIn(again.report), line, name)
      }
    },
  )
  fc.assert(property, { numRuns: 100 })
})

t.test('the documentation lists all dialects', async (t) => {
  const text = readFileSync('docs/protocol.md', 'utf8')
  for (const [name, { template }] of DIALECTS) t.ok(text.includes(`| \`${name}\` | \`${template}\` |`), name)
})

t.test('an invalid template is refused with the reason', async (t) => {
  const cases: Record<string, string> = {
    'AT {server} {skew} {client} {position}': 'lacks {time}',
    'AT {server} {skew} {position} {time}': 'lacks {client}',
    'AT {client} {latitude} {time}': 'lacks {position}',
    'AT {client} {latitude} {longitude} {time': 'has a brace without its counterpart',
    'AT {client} {position} {time} {speed}': 'has no field "speed"',
    'AT {client} {position}{time}': 'needs a separator between two fields',
  }
  for (const [template, why] of Object.entries(cases)) t.equal(dialectOf(template), why, template)
})

t.test('a field that is not known cannot be written', async (t) => {
  t.throws(() => PLAIN.write({ client: 'dia1' }), /no text for server/)
})

t.test('a report from before 1970 by the server arrived at 0', async (t) => {
  t.match(reportFields(report('AT Oak -7.5 kiwi +1+1 5'), 'Oak', 1), {
    received: '0.000000000',
    visited: 'Oak',
  })
})
