import t from 'tap'
import { Memory } from '../../src/memory/memory.js'
import { hash, siphash } from '../../src/memory/siphash.js'
import { toBytes } from '../../src/protocol/bytes.js'
import { find, firstOf, holding, KEYS } from '../fixtures/memory.js'
import { report } from '../fixtures/reports.js'

t.test('a record has the hash of its line, also where another was before it', async (t) => {
  const archive = holding('kiwi')
  const hashes = (record: number): number[] => [archive.hashHigh(record), archive.hashLow(record)]
  const expected = (line: string): number[] => {
    const bytes = toBytes(line)
    siphash(KEYS.digest, bytes, 0, bytes.length)
    return [hash.high, hash.low]
  }
  const first = archive.newest(0)
  t.same(hashes(first), expected(firstOf('kiwi')))
  t.same(hashes(first), expected(firstOf('kiwi')), 'and keeps it')
  const newer = 'AT Clark +0.1 kiwi +2+2 2'
  archive.renew(0, report(newer))
  t.same(hashes(archive.newest(0)), expected(newer))
  archive.enrol(report(firstOf('lime')))
  t.equal(archive.newest(1), first)
  t.same(hashes(first), expected(firstOf('lime')))
})

t.test('the place of a client is the same wherever the digest key is, and whatever it says', async (t) => {
  const clients = Array.from({ length: 100 }, (_, client) => `c${client}`)
  const [archive, other] = [new Memory(KEYS), new Memory({ ...KEYS, index: [7, 8] })]
  for (const client of clients) archive.enrol(report(firstOf(client)))
  for (const client of [...clients].reverse()) other.enrol(report(`AT Oak -12.5 ${client} +2+2 2`))
  const places = clients.map((client) => archive.placeOf(find(archive, client)))
  t.same(
    clients.map((client) => other.placeOf(find(other, client))),
    places,
  )
  t.ok(new Set(places).size > 95)
  t.ok(places.every((place) => place >= 0 && place < 65_536))
  const bytes = toBytes('c7')
  siphash(KEYS.digest, bytes, 0, bytes.length)
  t.equal(places[7], hash.low & 0xffff)
})
