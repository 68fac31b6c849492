import { chmodSync } from 'node:fs'
import t, { type Test } from 'tap'
import { newHerdKey } from '../../src/net/herd-key.js'
import { selfSigned } from '../fixtures/certificate.js'
import { freePorts, topologyFile } from '../fixtures/files.js'
import { Terminal } from '../fixtures/terminal.js'

const PAIR = { servers: ['Clark', 'Oak'], links: [['Clark', 'Oak']] } as const

/** A folder with a pair of servers, a herd key, and a certificate. */
async function place(t: Test): Promise<{ folder: string; flags: string[] }> {
  const { cert, key } = await selfSigned()
  const folder = t.testdir({
    'topology.json': topologyFile(await freePorts(PAIR)),
    'far.json': JSON.stringify({ servers: { Elm: { host: '192.0.2.1', port: 80 } }, links: [] }),
    'herd.key': newHerdKey(),
    'cert.pem': cert,
    'key.pem': key,
  })
  for (const secret of ['herd.key', 'key.pem']) chmodSync(`${folder}/${secret}`, 0o600)
  return {
    folder,
    flags: ['--topology', `${folder}/topology.json`, '--state', `${folder}/state`, '--no-store'],
  }
}

/** Runs a herd during an action; returns its standard error. */
async function during(argv: string[], act: () => Promise<void>): Promise<string> {
  const herd = new Terminal()
  const ended = herd.run(...argv)
  await herd.stdout.shows('the link is up')
  await act()
  herd.interrupt()
  await ended
  return herd.stderr.text
}

t.test('key new prints the text of a key file and a hint', async (t) => {
  const terminal = new Terminal()
  t.equal(await terminal.run('key', 'new'), 0)
  t.match(terminal.stdout.text, /^# .*\nproxyherd-key-1 \S{43}\n$/)
  t.match(terminal.stderr.text, 'chmod 600')
})

t.test('a herd with a key and a certificate serves clients with TLS and without', async (t) => {
  const { folder, flags } = await place(t)
  const secured = [
    '--herd-key',
    `${folder}/herd.key`,
    '--tls-cert',
    `${folder}/cert.pem`,
    '--tls-key',
    `${folder}/key.pem`,
  ]
  const errors = await during(['herd', 'up', ...flags, ...secured], async () => {
    const topology = ['--topology', `${folder}/topology.json`]
    const cases: [argv: string[], code: number, reply: RegExp, errors: RegExp][] = [
      [['IAMAT kiwi +34-118 5'], 0, /^AT Clark/, /^$/],
      [['IAMAT kiwi +34-118 6', '--tls', '--ca', `${folder}/cert.pem`], 0, /^AT Clark/, /^$/],
      [['IAMAT kiwi +34-118 6', '--tls'], 1, /^$/, /^proxyherd: cannot talk to Clark at \S+: /],
      [['AT Oak +0.5 kiwi +34-118 7'], 1, /^\? AT Oak/, /only servers send this/],
      [
        ['FOO', '--tls', '--ca', `${folder}/key.pem`],
        1,
        /^$/,
        /key\.pem holds a private key and no certificate\n/,
      ],
      [['FOO', '--ca', `${folder}/cert.pem`], 2, /^$/, /^proxyherd: --ca needs --tls\n$/],
    ]
    for (const [argv, code, reply, errors] of cases) {
      const terminal = new Terminal()
      t.equal(await terminal.run('send', 'Clark', ...argv, ...topology), code, argv.join(' '))
      t.match(terminal.stdout.text, reply)
      t.match(terminal.stderr.text, errors)
    }
  })
  t.equal(errors, '')
})

t.test('each key file that others may read causes a warning, but a certificate does not', async (t) => {
  const { folder, flags } = await place(t)
  const secured = { 'herd-key': 'herd.key', 'tls-cert': 'cert.pem', 'tls-key': 'key.pem' }
  const files = Object.values(secured).map((file) => `${folder}/${file}`)
  for (const file of files) chmodSync(file, 0o644)
  const argv = Object.entries(secured).flatMap(([flag, file]) => [`--${flag}`, `${folder}/${file}`])
  const warned = await during(['herd', 'up', ...flags, ...argv], () => Promise.resolve())
  const [herdKey = '', , tlsKey = ''] = files
  t.same(
    warned.trimEnd().split('\n'),
    [herdKey, tlsKey].map((file) => `proxyherd: other users have access to ${file}: run "chmod 600 ${file}"`),
  )
})

t.test('invalid options are reported before anything starts', async (t) => {
  const { folder, flags } = await place(t)
  const cases: [argv: string[], code: number, errors: RegExp][] = [
    [
      ['--tls-cert', `${folder}/cert.pem`],
      2,
      /^proxyherd: --tls-cert and --tls-key must be given together\n$/,
    ],
    [
      ['--tls-cert', `${folder}/cert.pem`, '--tls-key', `${folder}/herd.key`],
      1,
      /herd\.key holds no private key in PEM\nproxyherd: hint: /,
    ],
    [['--herd-key', `${folder}/none`], 1, /none/],
    [
      ['--herd-key', `${folder}/topology.json`],
      1,
      /topology\.json, line 1: not a herd key\nproxyherd: hint: make one with/,
    ],
  ]
  for (const [argv, code, errors] of cases) {
    const terminal = new Terminal()
    t.equal(await terminal.run('serve', 'Clark', ...flags, ...argv), code, argv.join(' '))
    t.match(terminal.stderr.text, errors)
  }
})

t.test('a server without a key that others can reach warns', async (t) => {
  const { folder } = await place(t)
  const far = ['--topology', `${folder}/far.json`, '--state', `${folder}/far`]
  const open = new Terminal()
  t.equal(await open.run('serve', 'Elm', ...far), 1, 'it is no address of this machine')
  t.match(
    open.stderr.text,
    /^proxyherd: Elm listens on 192\.0\.2\.1 without a herd key: .*\nproxyherd: hint: make a key/,
  )
  const keyed = new Terminal()
  t.equal(await keyed.run('serve', 'Elm', ...far, '--herd-key', `${folder}/herd.key`), 1)
  t.notMatch(keyed.stderr.text, 'without a herd key')
})
