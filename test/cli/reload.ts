import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { newHerdKey } from '../../src/net/herd-key.js'
import { selfSigned } from '../fixtures/certificate.js'
import { freePorts, topologyFile } from '../fixtures/files.js'
import { LEGACY_ANSWER } from '../fixtures/places-answers.js'
import { startService } from '../fixtures/places-service.js'
import { Terminal } from '../fixtures/terminal.js'

const PAIR = { servers: ['Clark', 'Oak'], links: [['Clark', 'Oak']] } as const

interface Place {
  readonly folder: string
  /** Starts a subcommand that runs servers; it is ended when the test ends, and then must end with 0. */
  readonly start: (...argv: string[]) => Terminal
  /** What `send` prints; with `--tls`, the certificate in `ca.pem` must be the server's. */
  readonly send: (server: string, ...argv: string[]) => Promise<string>
  readonly log: (server: string) => string
}

async function place(t: Test, files: Record<string, string> = {}): Promise<Place> {
  const running: { terminal: Terminal; ended: Promise<number> }[] = []
  t.teardown(async () => {
    for (const { terminal, ended } of running) {
      terminal.interrupt()
      if ((await ended) !== 0) throw new Error(`it did not end well: ${terminal.stderr.text}`)
    }
  })
  const folder = t.testdir({ 'topology.json': topologyFile(await freePorts(PAIR)), ...files })
  for (const file of Object.keys(files)) chmodSync(`${folder}/${file}`, 0o600)
  const topology = ['--topology', `${folder}/topology.json`]
  return {
    folder,
    start: (...argv) => {
      const terminal = new Terminal()
      const ended = terminal.run(...argv, ...topology, '--state', `${folder}/state`, '--no-store')
      running.push({ terminal, ended })
      return terminal
    },
    send: async (server, ...argv) => {
      const terminal = new Terminal()
      await terminal.run('send', server, ...argv, ...topology)
      return terminal.stdout.text
    },
    log: (server) => readFileSync(`${folder}/state/logs/${server}.log`, 'utf8'),
  }
}

t.test('a reload reads new keys and certificates and reports it', async (t) => {
  const [old, fresh] = [await selfSigned(), await selfSigned()]
  const { folder, start, send, log } = await place(t, {
    'herd.key': newHerdKey(),
    'cert.pem': old.cert,
    'key.pem': old.key,
    'ca.pem': fresh.cert,
  })
  const [cert, key] = [`${folder}/cert.pem`, `${folder}/key.pem`]
  const herd = start('herd', 'up', '--herd-key', `${folder}/herd.key`, '--tls-cert', cert, '--tls-key', key)
  await herd.stdout.shows('the link is up')
  const ask = ['IAMAT kiwi +34-118 5', '--tls', '--ca', `${folder}/ca.pem`]
  t.equal(await send('Oak', ...ask), '')
  writeFileSync(cert, fresh.cert)
  writeFileSync(key, fresh.key)
  herd.reload()
  await herd.stdout.shows('reloaded herd keys, TLS certificate and log files\n')
  t.match(await send('Oak', ...ask), /^AT Oak/)
  t.equal(herd.stderr.text, '')
  for (const server of PAIR.servers)
    t.match(log(server), /"what":"reloaded","parts":"herd keys, TLS certificate and log files"/)
})

t.test('a reload reports files that it cannot use, and keeps the old contents', async (t) => {
  const { cert, key } = await selfSigned()
  const secret = newHerdKey()
  const { folder, start, send, log } = await place(t, {
    'herd.key': secret,
    'cert.pem': cert,
    'key.pem': key,
    'ca.pem': cert,
    'places.key': 'old-key',
  })
  const file = (name: string): string => `${folder}/${name}`
  const tls = ['--tls-cert', file('cert.pem'), '--tls-key', file('key.pem')]
  const secrets = ['--herd-key', file('herd.key'), '--places-key-file', file('places.key')]
  const herd = start('herd', 'up', ...tls, ...secrets)
  await herd.stdout.shows('the link is up')
  writeFileSync(file('herd.key'), `${secret.trimEnd()}x\n`)
  writeFileSync(file('key.pem'), (await selfSigned()).key)
  writeFileSync(file('places.key'), 'two words\n')
  herd.reload()
  await herd.stdout.shows('reloaded log files\n')
  t.match(await send('Oak', 'IAMAT kiwi +34-118 5', '--tls', '--ca', file('ca.pem')), /^AT Oak/)
  const lines = herd.stderr.text.trimEnd().split('\n')
  const stays = (name: string, why: string): string =>
    `proxyherd: cannot reload the ${name}, so nothing changes: ${why}`
  t.same(lines, [
    stays('herd keys', `${file('herd.key')}, line 2: not a herd key`),
    'proxyherd: hint: make one with "proxyherd key new"',
    stays(
      'TLS certificate',
      `the private key in ${file('key.pem')} does not belong to the certificate in ${file('cert.pem')}`,
    ),
    'proxyherd: hint: give the key that the certificate was made with',
    stays('places key', `${file('places.key')} must hold an API key and nothing else`),
  ])
  for (const line of lines.filter((line) => !line.includes('hint:')))
    t.ok(log('Clark').includes(`"why":"${line.replace('proxyherd: ', '')}"`))
  t.notMatch(herd.stderr.text + log('Clark'), /proxyherd-key-1|two words|old-key/)
})

t.test(
  'a new first herd key is used for links, and a warning says that digests need a restart',
  async (t) => {
    const [old, fresh] = [newHerdKey(), newHerdKey()]
    const { folder, start } = await place(t, { 'herd.key': old, 'late.key': fresh })
    const clark = start('serve', 'Clark', '--herd-key', `${folder}/herd.key`)
    await clark.stdout.shows('listens on')
    writeFileSync(`${folder}/herd.key`, fresh + old)
    clark.reload()
    await clark.stderr.shows(/^proxyherd: the first herd key has changed: .* restart every server/)
    await clark.stdout.shows('reloaded herd keys and log files\n')
    const oak = start('serve', 'Oak', '--herd-key', `${folder}/late.key`)
    await Promise.all([clark.stdout.shows('linked to Oak'), oak.stdout.shows('linked to Clark')])
  },
)

t.test('look-ups after a reload use the new places key', async (t) => {
  const service = await startService(t, (response) => response.end(LEGACY_ANSWER))
  const { folder, start, send } = await place(t, { 'places.key': 'old-key\n' })
  const herd = start(
    'serve',
    'Clark',
    '--places-url',
    service.url,
    '--places-key-file',
    `${folder}/places.key`,
  )
  await herd.stdout.shows('listens on')
  // Another radius each time, because the answer to the first is in the cache.
  const look = (radius: number): Promise<string> => send('Clark', 'IAMAT k +1+1 1', `WHATSAT k ${radius} 1`)
  await look(1)
  writeFileSync(`${folder}/places.key`, 'new-key')
  herd.reload()
  await herd.stdout.shows('reloaded places key and log files\n')
  await look(2)
  t.same(
    service.requests.map(({ url }) => url.searchParams.get('key')),
    ['old-key', 'new-key'],
  )
})

t.test('a reload starts new log files if the old ones were moved, and loses no entry', async (t) => {
  const { folder, start, send, log } = await place(t)
  const herd = start('herd', 'up')
  await herd.stdout.shows('the link is up')
  await send('Clark', 'IAMAT early +1+1 1')
  const path = `${folder}/state/logs/Clark.log`
  renameSync(path, `${path}.old`)
  herd.reload()
  await herd.stdout.shows('reloaded log files\n')
  t.match(log('Clark'), '"what":"reloaded"')
  t.match(readFileSync(`${path}.old`, 'utf8') + log('Clark'), 'IAMAT early +1+1 1')
})

t.test('reloads wait for the start and for each other, and waiting reloads are merged', async (t) => {
  const { start } = await place(t)
  const herd = start('serve', 'Clark')
  const reloads = (): number => herd.stdout.text.split('reloaded').length - 1
  const reloadOften = (): void => {
    for (let times = 0; times < 5; times += 1) herd.reload()
  }
  await herd.keepsRunning
  reloadOften()
  await herd.stdout.shows('reloaded')
  await herd.stdout.shows('listens on')
  await new Promise(setImmediate)
  t.equal(reloads(), 1)
  reloadOften()
  // One that has begun, and one that waits for it.
  await herd.stdout.shows(/(reloaded[^]*){3}/)
  await new Promise(setImmediate)
  t.equal(reloads(), 3)
})

t.test('neither a failed start nor stopped servers reload', async (t) => {
  const { folder, start } = await place(t)
  const failing = new Terminal()
  const [topology, none] = [`${folder}/topology.json`, `${folder}/none`]
  t.equal(await failing.run('serve', 'Clark', '--topology', topology, '--herd-key', none), 1)
  failing.reload()
  await new Promise(setImmediate)
  t.equal(failing.stdout.text, '')
  t.notOk(existsSync(`${folder}/state/logs`))
  const herd = start('serve', 'Clark')
  await herd.stdout.shows('listens on')
  herd.interrupt()
  herd.reload()
  await new Promise(setImmediate)
  t.notMatch(herd.stdout.text, 'reloaded')
})

t.test('a reload requested before servers have read their files changes nothing', async (t) => {
  const { start } = await place(t)
  const herd = start('serve', 'Clark')
  await herd.starts
  herd.reload()
  await herd.stdout.shows('listens on')
  t.notMatch(herd.stdout.text, 'reloaded')
})
