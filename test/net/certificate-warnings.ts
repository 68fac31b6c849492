import { X509Certificate } from 'node:crypto'
import t from 'tap'
import { expiryWarnings, hostWarnings, type ServedHost } from '../../src/net/certificate-warnings.js'
import { selfSigned } from '../fixtures/certificate.js'

const [from, to] = ['2026-01-01T00:00:00Z', '2026-04-01T10:30:00Z']

async function certificate(options: Parameters<typeof selfSigned>[0]): Promise<X509Certificate> {
  return new X509Certificate((await selfSigned(options)).cert)
}

t.test('a certificate that is not valid, or not for long, causes a warning with the date', async (t) => {
  const quarter = await certificate({ from: new Date(from), to: new Date(to) })
  const name = 'the certificate in a.pem'
  const renew = 'renew it, then send SIGHUP'
  const early = `${name} is not valid before 2026-01-01 00:00 UTC, so clients refuse it: check the clock of this machine`
  const soon = `${name} expires soon, on 2026-04-01 10:30 UTC: ${renew}`
  const late = `${name} expired on 2026-04-01 10:30 UTC, so clients refuse it: ${renew}`
  const cases: [now: string, warnings: string[]][] = [
    ['2025-12-31T23:59:59Z', [early]],
    [from, []],
    ['2026-03-18T10:30:00Z', []],
    ['2026-03-18T10:30:01Z', [soon]],
    [to, [soon]],
    ['2026-04-01T10:30:01Z', [late]],
  ]
  for (const [now, warnings] of cases)
    t.same(expiryWarnings('a.pem', [quarter], Date.parse(now)), warnings, now)
})

t.test('a certificate that lasts for days only is due when a third of them is left', async (t) => {
  const short = await certificate({ from: new Date('2026-01-01'), to: new Date('2026-01-07') })
  t.same(expiryWarnings('a.pem', [short], Date.parse('2026-01-05')), [])
  t.match(expiryWarnings('a.pem', [short], Date.parse('2026-01-05T00:00:01Z')), [
    /expires soon, on 2026-01-07/,
  ])
})

t.test('the certificates that vouch for another one are checked too', async (t) => {
  const [fine, old] = [
    await certificate({ from: new Date(from), to: new Date('2027-01-01') }),
    await certificate({ from: new Date(from), to: new Date(to) }),
  ]
  t.same(expiryWarnings('a.pem', [fine, old], Date.parse('2026-06-01')), [
    'certificate 2 in a.pem expired on 2026-04-01 10:30 UTC, so clients refuse it: renew it, then send SIGHUP',
  ])
})

t.test('each host that a certificate does not name causes a warning', async (t) => {
  const hosts = ['oak.example.org', '*.example.net', '192.0.2.1', '2001:db8::1']
  const [named, unnamed] = [await certificate({ hosts }), await certificate({ hosts: [] })]
  const at = (host: string): ServedHost => ({ host, servers: ['Oak', 'Elm'], topology: 'topology.json' })
  const names = ['oak.example.org', 'OAK.example.org', 'elm.example.net', '192.0.2.1', '2001:db8:0::1']
  t.same(hostWarnings('a.pem', named, names.map(at)), [])
  const others = [
    'example.org',
    'a.b.example.net',
    'localhost',
    '192.0.2.2',
    '2001:db8::2',
    '2001:db8::1%eth0',
  ]
  const warnings = hostWarnings('a.pem', named, others.map(at))
  t.equal(warnings.length, others.length)
  for (const [index, host] of others.entries())
    t.equal(
      warnings[index],
      `the certificate in a.pem does not name ${host}, the host of Oak and Elm in topology.json, ` +
        'so clients that connect there refuse it; it names oak.example.org, *.example.net, 192.0.2.1, 2001:DB8:0:0:0:0:0:1',
    )
  // Without alternative names, the common name counts.
  t.same(hostWarnings('a.pem', unnamed, [at('localhost')]), [])
  t.match(hostWarnings('a.pem', unnamed, [at('oak.example.org')]), [/; it names CN=localhost$/])
})
