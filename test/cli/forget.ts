import { chmodSync } from 'node:fs'
import t, { type Test } from 'tap'
import { forget as forgetWith } from '../../src/cli/forget.js'
import type { Address } from '../../src/net/dial.js'
import { topologyFile } from '../fixtures/files.js'
import { TestHerd } from '../fixtures/herd.js'
import { PeerListener } from '../fixtures/peer.js'
import type { Outcome } from '../fixtures/send.js'
import { Screen, Terminal } from '../fixtures/terminal.js'
import { TestTokens } from '../fixtures/tokens.js'

/** The clock of the servers stands still here. */
const NOW = 1_621_464_828

/** "Zoë" on the wire, one character per byte. */
const ZOE = 'Zo\xc3\xab'

async function forget(...argv: string[]): Promise<Outcome> {
  const terminal = new Terminal()
  const code = await terminal.run('forget', ...argv)
  return { code, stdout: terminal.stdout.text, stderr: terminal.stderr.text }
}

/** The option that names a topology with these servers, in this order. */
function topologyOf(t: Test, servers: readonly (readonly [string, Address])[]): string[] {
  const folder = t.testdir({ 'topology.json': topologyFile({ servers: new Map(servers), links: [] }) })
  return ['--topology', `${folder}/topology.json`]
}

/** A port where nobody listens. */
async function silentAddress(): Promise<Address> {
  const gone = await PeerListener.listen()
  const { port } = gone
  gone.close()
  return { host: '127.0.0.1', port }
}

t.test('a client is forgotten by the whole herd', async (t) => {
  const herd = await TestHerd.start(t)
  const topology = topologyOf(t, [...herd.addresses])
  await herd.ask('Clark', `IAMAT ${ZOE} +1+1 ${NOW}\nIAMAT kiwi +1+1 ${NOW}\n`)
  t.same(await forget('Zoë', ...topology), { code: 0, stdout: 'FORGOTTEN Zoë\n', stderr: '' })
  for (const name of herd.addresses.keys())
    t.equal(await herd.ask(name, `WHATSAT ${ZOE} 1 0\n`), `? WHATSAT ${ZOE} 1 0\n`, name)
  const asked = herd.logs.get('Juzang')?.entries.filter(({ kind }) => kind === 'forget')
  t.equal(asked?.length, 1, 'the first server of the topology is asked')
  const until = ['--until', `${NOW}`]
  t.same(await forget('kiwi', ...until, '--server', 'Johnson', '--json', ...topology), {
    code: 0,
    stdout: `{"kind":"forgotten","client":"kiwi","until":"${NOW}"}\n`,
    stderr: '',
  })
  const at = `127.0.0.1:${herd.port('Jaquez')}`
  t.same(await forget('kiwi', '--server', at), { code: 0, stdout: 'FORGOTTEN kiwi\n', stderr: '' })
  t.ok(herd.logs.get('Jaquez')?.entries.some(({ kind }) => kind === 'forget'))
})

t.test('without the name of a server, the first that answers is asked', async (t) => {
  const herd = await TestHerd.start(t)
  const listener = await PeerListener.listen()
  t.teardown(() => {
    listener.close()
  })
  const silent = await silentAddress()
  const topology = topologyOf(t, [
    ['Elm', silent],
    ['Oak', { host: '127.0.0.1', port: 0 }],
    ['Ash', { host: '127.0.0.1', port: listener.port }],
    ...herd.addresses,
  ])
  t.same(await forget('kiwi', '--timeout', '0.2', ...topology), {
    code: 0,
    stdout: 'FORGOTTEN kiwi\n',
    stderr: [
      `proxyherd: nobody listens on 127.0.0.1:${silent.port}, so Elm cannot answer; asking Oak instead\n`,
      `proxyherd: Oak has no fixed port in ${topology[1]}; asking Ash instead\n`,
      'proxyherd: Ash gave no answer within 0.2 s; asking Juzang instead\n',
    ].join(''),
  })
})

t.test('if no server answers, the last one says what to do', async (t) => {
  const [elm, oak] = [await silentAddress(), await silentAddress()]
  const topology = topologyOf(t, [
    ['Elm', elm],
    ['Oak', oak],
  ])
  t.match(await forget('kiwi', ...topology), {
    code: 1,
    stdout: '',
    stderr:
      /^proxyherd: .* Elm cannot answer; asking Oak instead\nproxyherd: .* Oak cannot answer\nproxyherd: hint: start it /,
  })
  t.match(await forget('kiwi', '--server', 'Ash', ...topology), {
    code: 1,
    stderr: /has no server "Ash"\nproxyherd: hint: it has Elm, Oak\n$/,
  })
})

t.test('an internal error ends it, and no other server is asked', async (t) => {
  const herd = await TestHerd.start(t)
  const [, topology = ''] = topologyOf(t, [...herd.addresses])
  const stderr = new Screen(false)
  Object.defineProperty(stderr, 'isTTY', {
    get: () => {
      throw new Error('boom')
    },
  })
  const { stdin, stdout } = new Terminal()
  const { signal } = new AbortController()
  const streams = { stdin, stdout, stderr, env: {}, signal, keepRunning: () => undefined }
  await t.rejects(forgetWith('kiwi', { topology, timeout: '5s' }, streams), { message: 'boom' })
  t.equal(stderr.text, '')
})

t.test('a refusal ends it with 1 and a hint', async (t) => {
  const herd = await TestHerd.start(t, { maxFutureSeconds: 60 })
  const topology = topologyOf(t, [...herd.addresses])
  const ahead = `${Math.floor(Date.now() / 1_000) + 3_600}`
  t.match(await forget('kiwi', '--until', ahead, ...topology), {
    code: 1,
    stdout: `? FORGET kiwi ${ahead}\n`,
    stderr:
      /^proxyherd: hint: this is valid, but Juzang gave no reason.* the time is too far ahead of its clock/,
  })
})

t.test('a token with the right to forget is shown', async (t) => {
  const tokens = new TestTokens({ eraser: 'forget', phones: 'report:*' })
  const herd = await TestHerd.start(t, { authorization: tokens.authorization })
  const folder = t.testdir({
    'topology.json': topologyFile({ servers: herd.addresses, links: [] }),
    eraser: tokens.of('eraser'),
    phones: tokens.of('phones'),
  })
  const cases: [token: string, code: number, stdout: string][] = [
    ['eraser', 0, 'FORGOTTEN kiwi\n'],
    ['phones', 1, '? FORGET kiwi\n'],
  ]
  for (const [token, code, stdout] of cases) {
    chmodSync(`${folder}/${token}`, 0o600)
    const flags = ['--topology', `${folder}/topology.json`, '--token-file', `${folder}/${token}`]
    t.match(await forget('kiwi', ...flags), { code, stdout })
  }
})
