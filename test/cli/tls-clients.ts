import { chmodSync, existsSync, writeFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { newHerdKey } from '../../src/net/herd-key.js'
import type { Certificate } from '../../src/net/tls.js'
import { selfSigned } from '../fixtures/certificate.js'
import { freePorts, topologyFile } from '../fixtures/files.js'
import { Terminal } from '../fixtures/terminal.js'

const PAIR = { servers: ['Clark', 'Oak'], links: [['Clark', 'Oak']] } as const
const EXPIRED = { from: new Date('2020-01-01'), to: new Date('2021-01-01T10:30:00Z') }

interface Place {
  readonly folder: string
  /** The flags that name the files. */
  readonly flags: readonly string[]
  readonly write: (certificate: Certificate) => void
}

/** A folder with the files of a pair of servers. */
async function place(t: Test, certificate: Certificate): Promise<Place> {
  const folder = t.testdir({ 'topology.json': topologyFile(await freePorts(PAIR)) })
  const [cert, key] = [`${folder}/cert.pem`, `${folder}/key.pem`]
  const write = (certificate: Certificate): void => {
    writeFileSync(cert, certificate.cert)
    writeFileSync(key, certificate.key)
    chmodSync(key, 0o600)
  }
  write(certificate)
  const topology = ['--topology', `${folder}/topology.json`, '--state', `${folder}/state`, '--no-store']
  return { folder, flags: [...topology, '--tls-cert', cert, '--tls-key', key], write }
}

/** Starts a herd, which is ended when the test ends. */
async function start(t: Test, ...argv: string[]): Promise<Terminal> {
  const herd = new Terminal()
  const ended = herd.run(...argv)
  t.teardown(async () => {
    herd.interrupt()
    if ((await ended) !== 0) throw new Error(`it did not end well: ${herd.stderr.text}`)
  })
  await herd.stdout.shows('the link is up')
  return herd
}

t.test(
  'a certificate that cannot work is an error before anything listens, and leaves nothing behind',
  async (t) => {
    const certificate = await selfSigned()
    const { folder, flags, write } = await place(t, certificate)
    const cases: [certificate: Certificate, errors: RegExp][] = [
      [{ ...certificate, cert: '' }, /^proxyherd: \S*cert\.pem is empty\n$/],
      [
        { cert: certificate.key, key: certificate.cert },
        /^proxyherd: \S*cert\.pem holds a private key and no certificate\nproxyherd: hint: give the file of its certificate\n/,
      ],
      [
        { ...certificate, key: (await selfSigned()).key },
        /^proxyherd: the private key in \S*key\.pem does not belong to the certificate in \S*cert\.pem\nproxyherd: hint: /,
      ],
    ]
    for (const command of [
      ['serve', 'Clark'],
      ['herd', 'up'],
    ])
      for (const [files, errors] of cases) {
        write(files)
        const terminal = new Terminal()
        t.equal(await terminal.run(...command, ...flags), 1)
        t.match(terminal.stderr.text, errors)
        t.equal(terminal.stdout.text, '')
        t.notOk(existsSync(`${folder}/state`))
      }
  },
)

t.test('servers start with an expired certificate, or one for another host, and warn of it', async (t) => {
  const { folder, flags } = await place(t, await selfSigned({ ...EXPIRED, hosts: ['oak.example.org'] }))
  const herd = await start(t, 'herd', 'up', ...flags)
  const cert = `proxyherd: the certificate in ${folder}/cert.pem`
  t.same(herd.stderr.text.trimEnd().split('\n'), [
    `${cert} expired on 2021-01-01 10:30 UTC, so clients refuse it: renew it, then send SIGHUP`,
    `${cert} does not name 127.0.0.1, the host of Clark and Oak in ${folder}/topology.json, ` +
      'so clients that connect there refuse it; it names oak.example.org',
  ])
})

t.test('a reload uses a certificate that has expired, and warns of it', async (t) => {
  const { flags, write } = await place(t, await selfSigned())
  const herd = await start(t, 'herd', 'up', ...flags)
  t.equal(herd.stderr.text, '')
  write(await selfSigned(EXPIRED))
  herd.reload()
  await herd.stdout.shows('reloaded TLS certificate and log files\n')
  t.match(
    herd.stderr.text,
    /^proxyherd: the certificate in \S*cert\.pem expired on 2021-01-01 10:30 UTC, [^\n]*\n$/,
  )
})

t.test('--tls-only needs a certificate, and a herd key for neighbours in other processes', async (t) => {
  const { folder, flags } = await place(t, await selfSigned())
  writeFileSync(`${folder}/herd.key`, newHerdKey(), { mode: 0o600 })
  const keyless = flags.slice(0, flags.indexOf('--tls-cert'))
  const noCertificate = /^proxyherd: --tls-only needs a certificate\nproxyherd: hint: give it with --tls-cert/
  const cases: [argv: string[], errors: RegExp][] = [
    [['herd', 'up', ...keyless], noCertificate],
    [['herd', 'up', ...keyless, '--herd-key', `${folder}/herd.key`], noCertificate],
    [
      ['serve', 'Oak', ...flags],
      /^proxyherd: --tls-only needs --herd-key, because Oak has neighbours in other processes, .*\nproxyherd: hint: make a key/,
    ],
  ]
  for (const [argv, errors] of cases) {
    const terminal = new Terminal()
    t.equal(await terminal.run(...argv, '--tls-only'), 2)
    t.match(terminal.stderr.text, errors)
  }
  t.notOk(existsSync(`${folder}/state`))
  const keyed = new Terminal()
  const ended = keyed.run('serve', 'Oak', ...flags, '--tls-only', '--herd-key', `${folder}/herd.key`)
  await keyed.stdout.shows('listens on')
  keyed.interrupt()
  t.equal(await ended, 0)
})

t.test('clients of a server with --tls-only are shown that it accepts only TLS', async (t) => {
  const { folder, flags } = await place(t, await selfSigned())
  await start(t, 'herd', 'up', ...flags, '--tls-only')
  const topology = ['--topology', `${folder}/topology.json`]
  const tls = ['--tls', '--ca', `${folder}/cert.pem`]
  const report = 'IAMAT kiwi +34-118 5'
  const hinted =
    /^proxyherd: Clark accepts TLS only\nproxyherd: hint: connect with --tls, and with --ca FILE [^\n]*\n$/
  const cases: [argv: string[], code: number, output: RegExp, errors: RegExp][] = [
    [['send', 'Clark', report], 1, /^$/, hinted],
    [['send', 'Clark', report, report], 1, /^$/, hinted],
    [['herd', 'ask', 'WHATSAT kiwi 1 1'], 1, /Clark accepts TLS only: use --tls\n/, /^$/],
    [
      ['herd', 'status'],
      1,
      /^Clark accepts TLS only: use --herd-key, or --tls if it has no herd key\nOak accepts TLS only/m,
      /^$/,
    ],
    [['send', 'Clark', report, ...tls], 0, /^AT Clark/, /^$/],
    [['herd', 'status', ...tls], 0, /\nin sync: 2/, /^$/],
    [['herd', 'status', '--json', ...tls], 0, /"server":"Clark".*"plainRefused":[1-9]/, /^$/],
  ]
  for (const [argv, code, output, errors] of cases) {
    const terminal = new Terminal()
    t.equal(await terminal.run(...argv, ...topology), code, argv.join(' '))
    t.match(terminal.stdout.text, output)
    t.match(terminal.stderr.text, errors)
  }
})
