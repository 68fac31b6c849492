import { writeFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { readEngine, readEngineAccess, type EngineFlags } from '../../src/cli/engine.js'
import { newHerdKey } from '../../src/net/herd-key.js'
import { freePort, freePorts, topologyFile } from '../fixtures/files.js'
import { Terminal } from '../fixtures/terminal.js'

const PLAIN = { servers: ['127.0.0.1:4222'], isTls: false }
const TLS = { ...PLAIN, isTls: true }

const CREDENTIALS = `-----BEGIN NATS USER JWT-----
a.b.c
------END NATS USER JWT------
-----BEGIN USER NKEY SEED-----
SUAMK2FG4MI6UE3ACF3FK3OIQBCEIEZV7NSWFFEW63UXMRLFM2XLAXK4GY
------END USER NKEY SEED------
`

/** Writes the files of a test, and returns the path of each. */
function place(t: Test): (name: string) => string {
  const files = {
    'user.txt': 'clark:one\n',
    'user.creds': CREDENTIALS,
    'ca.pem': 'first',
    'other.txt': 'a secret',
  }
  const folder = t.testdir(files)
  return (name) => `${folder}/${name}`
}

t.test('the address of an engine', async (t) => {
  const cases: [url: string, why: string][] = [
    ['nats://clark:secret@host', '"nats://…@host" must not hold a password: use --engine-credentials'],
    ['clark:sec://ret@host', '"…@host" must not hold a password: use --engine-credentials'],
    ['http://host', '"http://host" does not start with nats:// or tls://'],
    ['host:4222', '"host:4222" does not start with nats:// or tls://'],
    ['nats://', '"nats://" is not like nats://HOST:PORT,HOST:PORT'],
    ['nats://a,b:0', '"nats://a,b:0" is not like nats://HOST:PORT,HOST:PORT'],
    ['nats://a:65536', '"nats://a:65536" is not like nats://HOST:PORT,HOST:PORT'],
    ['nats://a b', '"nats://a b" is not like nats://HOST:PORT,HOST:PORT'],
  ]
  for (const [url, why] of cases) {
    const terminal = new Terminal()
    t.equal(await terminal.run('serve', 'Clark', '--engine', url), 2)
    t.equal(terminal.stderr.text, `proxyherd: --engine: ${why}\n`)
  }
})

t.test('options that do not fit are refused', async (t) => {
  const cases: [flags: EngineFlags, why: string][] = [
    [{ engineCredentials: 'x' }, '--engine-credentials needs --engine'],
    [{ engineDomain: 'x' }, '--engine-domain needs --engine'],
    [{ engineCa: 'x' }, '--engine-ca needs --engine tls://HOST:PORT'],
    [{ engine: PLAIN, engineCa: 'x' }, '--engine-ca needs --engine tls://HOST:PORT'],
    [{ engine: PLAIN, engineCredentials: '/none' }, '/none cannot be read: there is no such file'],
  ]
  for (const [flags, message] of cases) await t.rejects(readEngineAccess(flags), { message })
  t.equal(await readEngine({}, 'geo', undefined), undefined)
  const file = place(t)('other.txt')
  await t.rejects(readEngineAccess({ engine: PLAIN, engineCredentials: file }), {
    message: `${file} holds neither NATS credentials nor one line USER:PASSWORD`,
  })
})

t.test('credentials are a user and a password, or a file of NATS', async (t) => {
  const path = place(t)
  const plain = await readEngineAccess({ engine: PLAIN })
  t.same(plain?.access(), {})
  t.same(plain?.reloadable, [])
  t.same((await readEngineAccess({ engine: TLS }))?.access(), { tls: {} })
  const user = (await readEngineAccess({ engine: TLS, engineCredentials: path('user.txt') }))?.access()
  t.same(userOf(user?.authenticator), { user: 'clark', pass: 'one' })
  const creds = (await readEngineAccess({ engine: PLAIN, engineCredentials: path('user.creds') }))?.access()
  t.match(userOf(creds?.authenticator), { jwt: 'a.b.c' })
})

t.test('a reload reads the credentials and the certificate again, or keeps the old ones', async (t) => {
  const path = place(t)
  const flags = { engine: TLS, engineCredentials: path('user.txt'), engineCa: path('ca.pem') }
  const engine = await readEngineAccess(flags)
  const [credential] = engine?.reloadable ?? []
  t.equal(credential?.name, 'engine credentials')
  const reload = credential?.reload as unknown as () => Promise<readonly string[]>
  writeFileSync(path('user.txt'), 'clark:two')
  writeFileSync(path('ca.pem'), 'second')
  t.match(await reload(), [/chmod 600/])
  const fresh = engine?.access()
  t.same(userOf(fresh?.authenticator), { user: 'clark', pass: 'two' })
  t.match(fresh, { tls: { ca: 'second' } })
  writeFileSync(path('user.txt'), 'nothing of the kind')
  await t.rejects(reload())
  t.equal(engine?.access(), fresh)
})

t.test('a server with an engine starts without it, and without a note that it has no links', async (t) => {
  const key = newHerdKey()
  const topology = await freePorts({ servers: ['Clark', 'Oak'], links: [] })
  const folder = t.testdir({
    'herd.json': topologyFile(topology),
    'user.txt': 'clark:secret',
    'herd.key': key,
  })
  const port = await freePort()
  const flags = [
    '--topology',
    `${folder}/herd.json`,
    '--state',
    `${folder}/state`,
    '--no-store',
    '--herd-key',
    `${folder}/herd.key`,
  ]
  const engine = ['--engine', `nats://127.0.0.1:${port}`, '--engine-credentials', `${folder}/user.txt`]
  const terminal = new Terminal()
  const ended = terminal.run('serve', 'Clark', ...flags, ...engine)
  await terminal.stdout.shows('cannot reach the engine nats:default yet: nobody listens there; retrying\n')
  terminal.reload()
  await terminal.stdout.shows('reloaded herd keys, engine credentials and log files\n')
  terminal.interrupt()
  t.equal(await ended, 0)
  t.notMatch(terminal.stderr.text, 'not connected')
  t.notMatch(terminal.stdout.text + terminal.stderr.text, 'secret')
})

/** What an authenticator shows a server. */
function userOf(authenticator: unknown): unknown {
  return (authenticator as (nonce: string) => unknown)('nonce')
}
