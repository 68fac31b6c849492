import t, { type Test } from 'tap'
import { MAX_SHOWN_REPLY_CHARACTERS } from '../../src/cli/format-reply.js'
import { MAX_EXCERPT_CHARACTERS } from '../../src/log/escape-text.js'
import { freePorts, topologyFile } from '../fixtures/files.js'
import { Peer, PeerListener } from '../fixtures/peer.js'
import { answerAll, target } from '../fixtures/targets.js'
import { Terminal } from '../fixtures/terminal.js'

/** It sets the title of a terminal, clears it, and reverses the direction of writing. */
const HOSTILE = '\u001b]0;x\u0007\u009b2J\u202e'
const HOSTILE_WIRE = Buffer.from(HOSTILE).toString('latin1')
const HARMLESS = '\\x1b]0;x\\x07\\x9b2J\\u{202e}'

const AT = 'AT Clark +0.5 kiwi +34-118 1621464828'
const NOTE = 'proxyherd: '

interface Shown {
  readonly stdout: string
  readonly stderr: string
}

/** What `send` shows of a reply to a command, on a terminal or elsewhere. */
async function shown(t: Test, isTTY: boolean, reply: string, ...argv: string[]): Promise<Shown> {
  const listener = await PeerListener.listen()
  t.teardown(() => {
    listener.close()
  })
  const terminal = new Terminal({ isTTY, env: { TERM: 'dumb' } })
  const sent = terminal.run('send', `127.0.0.1:${listener.port}`, ...argv)
  const peer = await listener.next()
  peer.write(reply)
  await peer.closed
  peer.end()
  await sent
  return { stdout: terminal.stdout.text, stderr: terminal.stderr.text }
}

t.test('a reply cannot control a terminal, and elsewhere is written as it came', async (t) => {
  const places = `{\r\n\t"name" : "Zo\xc3\xab ${HOSTILE_WIRE}"\n}`
  const reply = `${AT.replace('kiwi', 'k\xff')}\n${places}\n\n`
  const onTerminal = await shown(t, true, reply, 'WHATSAT k 1 1')
  t.equal(
    onTerminal.stdout,
    `${AT.replace('kiwi', 'k\\xff')}\n{\r\n\t"name" : "Zoë ${HARMLESS}"\n}\n\n`,
    'lines, tabs and UTF-8 are kept',
  )
  const elsewhere = await shown(t, false, reply, 'WHATSAT k 1 1')
  t.equal(elsewhere.stdout, Buffer.from(reply, 'latin1').toString())
})

t.test('a reply that is very long ends early on a terminal, and not elsewhere', async (t) => {
  const reply = `hello ${'x'.repeat(MAX_SHOWN_REPLY_CHARACTERS)}\n`
  const { stdout } = await shown(t, true, reply, 'IAMAT kiwi +34-118 5')
  t.equal(stdout, `${reply.slice(0, MAX_SHOWN_REPLY_CHARACTERS)}… (7 more characters)\n`)
  t.equal((await shown(t, false, reply, 'IAMAT kiwi +34-118 5')).stdout, reply)
})

t.test('JSON of a reply means the same on a terminal, and cannot control it', async (t) => {
  const [onTerminal, elsewhere] = [
    await shown(t, true, `${HOSTILE_WIRE}\n`, '--json', 'IAMAT kiwi +34-118 5'),
    await shown(t, false, `${HOSTILE_WIRE}\n`, '--json', 'IAMAT kiwi +34-118 5'),
  ]
  t.notMatch(onTerminal.stdout.trimEnd(), /[\p{Cc}\p{Cf}]/u)
  t.same(JSON.parse(onTerminal.stdout), { kind: 'foreign', text: `${HOSTILE}\n` })
  t.equal(elsewhere.stdout, `${JSON.stringify({ kind: 'foreign', text: `${HOSTILE}\n` })}\n`)
})

t.test('a hint that quotes a reply is escaped and shortened, also elsewhere', async (t) => {
  for (const isTTY of [true, false]) {
    const { stderr } = await shown(t, isTTY, `? ${HOSTILE_WIRE}${'x'.repeat(10_000)}\n`, 'FOO')
    t.ok(stderr.startsWith(`${NOTE}hint: unknown command "${HARMLESS}xxx`), stderr)
    t.equal(stderr.length, NOTE.length + MAX_EXCERPT_CHARACTERS + '…\n'.length)
  }
})

t.test('why a neighbour refuses a link is escaped and shortened', async (t) => {
  const oak = await PeerListener.listen()
  t.teardown(() => {
    oak.close()
  })
  const { servers } = await freePorts({ servers: ['Clark'], links: [] })
  const addresses = new Map([...servers, ['Oak', { host: '127.0.0.1', port: oak.port }]])
  const folder = t.testdir({
    'topology.json': topologyFile({ servers: addresses, links: [['Clark', 'Oak']] }),
  })
  const flags = ['--topology', `${folder}/topology.json`, '--state', `${folder}/state`, '--no-store']
  for (const [argv, start] of [
    [['serve', 'Clark'], 'cannot reach Oak yet: it says '],
    [['herd', 'up', 'Clark'], 'Clark cannot reach Oak: it says '],
  ] as const) {
    const terminal = new Terminal()
    const ended = terminal.run(...argv, ...flags)
    const peer: Peer = await oak.next()
    peer.write(`NOLINK ${HOSTILE_WIRE}${'x'.repeat(10_000)}\n`)
    await terminal.stdout.shows('…\n')
    const line = terminal.stdout.text.split('\n').find((line) => line.startsWith(start)) ?? ''
    // The reason is wire text, a character a byte.
    t.match(line, `${start}\\x1b]0;x\\x07`)
    t.notMatch(line, /[\p{Cc}\p{Cf}]/u)
    t.equal(line.length, MAX_EXCERPT_CHARACTERS + '…'.length)
    terminal.interrupt()
    t.equal(await ended, 0)
  }
})

t.test('what a server should not hold is escaped when bench shows it', async (t) => {
  const { target: elm, next } = await target(t)
  const accept = async (): Promise<void> => {
    for (;;)
      void answerAll(await next(), (line) =>
        line.startsWith('I')
          ? `${AT}\n`
          : `AT ${HOSTILE_WIRE} +0.5 ${line.split(' ')[1] ?? ''} +1+1 1\n{}\n\n`,
      )
  }
  void accept()
  const argv = [
    '--clients',
    '5',
    '--connections',
    '1',
    '--seconds',
    '0.1',
    '--warm-up',
    '0',
    '--timeout',
    '0.2',
    '--yes',
  ]
  const terminal = new Terminal()
  t.equal(await terminal.run('bench', `127.0.0.1:${elm.address.port}`, ...argv, '--json'), 1)
  t.match(terminal.stderr.text, `but holds "AT ${HARMLESS} +0.5 client-`)
  for (const text of [terminal.stdout.text, terminal.stderr.text])
    t.notMatch(text.trimEnd(), /[\p{Cc}\p{Cf}]/u)
  const { mistake } = JSON.parse(terminal.stdout.text) as { mistake: { holds: string } }
  t.ok(mistake.holds.startsWith(`AT ${HOSTILE_WIRE} +0.5 client-`))
})
