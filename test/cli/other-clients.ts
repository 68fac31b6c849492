import { PassThrough } from 'node:stream'
import t, { type Test } from 'tap'
import { mayAddClients } from '../../src/cli/other-clients.js'
import { anyPorts, TestHerd } from '../fixtures/herd.js'
import { answerAll, target } from '../fixtures/targets.js'
import { Screen, Terminal } from '../fixtures/terminal.js'

/** Clark alone, which holds some clients. */
async function clark(t: Test, ...clients: string[]): Promise<TestHerd> {
  const herd = await TestHerd.start(t, { topology: anyPorts({ servers: ['Clark'], links: [] }) })
  await herd.ask('Clark', clients.map((client) => `IAMAT ${client} +1+1 1\n`).join(''))
  return herd
}

interface Asked {
  readonly answer: Promise<boolean>
  readonly stdin: PassThrough
  readonly stderr: Screen
  readonly stop: AbortController
}

/** Asks whether 20 clients may be added to a herd. */
function ask(targets: Parameters<typeof mayAddClients>[0], isTTY: boolean): Asked {
  const [stdin, stderr, stop] = [new PassThrough(), new Screen(isTTY), new AbortController()]
  const streams = { stdin: Object.assign(stdin, { isTTY }), stdout: new Screen(isTTY), stderr, env: {} }
  const keepRunning = (): void => undefined
  const answer = mayAddClients(targets, 20, { ...streams, signal: stop.signal, keepRunning })
  return { answer, stdin, stderr, stop }
}

const WORDS = 'Clark holds 2 other clients; a benchmark adds 20 of its own, which nothing removes'

t.test('a herd that holds other clients is not filled without consent', async (t) => {
  const herd = await clark(t, 'kiwi', 'fig')
  const targets = [...herd.addresses].map(([name, address]) => ({ name, address }))
  await t.rejects(ask(targets, false).answer, { message: WORDS, hint: 'add them all the same with --yes' })
  for (const [typed, may] of [
    ['\n', false],
    ['no\n', false],
    ['Y\n', true],
    ['yes\n', true],
  ] as const) {
    const { answer, stdin, stderr } = ask(targets, true)
    await stderr.shows('Go on? [y/N]')
    stdin.write(typed)
    t.equal(await answer, may, JSON.stringify(typed))
    t.match(stderr.text, `proxyherd: ${WORDS}\n`)
  }
  const { answer, stderr, stop } = ask(targets, true)
  await stderr.shows('Go on? [y/N]')
  stop.abort()
  t.equal(await answer, false, 'Ctrl-C')
  const script = new Terminal()
  t.equal(await script.run('bench', `127.0.0.1:${herd.port('Clark')}`), 1)
  t.match(script.stderr.text, 'holds 2 other clients; a benchmark adds 100000 of its own')
  const terminal = new Terminal({ isTTY: true, env: { NO_COLOR: '1' } })
  const ended = terminal.run('bench', `127.0.0.1:${herd.port('Clark')}`)
  await terminal.stderr.shows('Go on? [y/N]')
  terminal.stdin.write('n\r')
  t.equal(await ended, 1)
})

t.test('clients of earlier benchmarks are no others', async (t) => {
  const ids = Array.from({ length: 37 }, (_, index) => `client-${String(index).padStart(8, '0')}.test`)
  for (const [others, may] of [
    [[], true],
    [['kiwi'], false],
  ] as const) {
    const herd = await clark(t, ...ids, ...others)
    const { answer } = ask(
      [...herd.addresses].map(([name, address]) => ({ name, address })),
      false,
    )
    if (may) t.equal(await answer, true)
    else await t.rejects(answer, { message: /^Clark holds 1 other client; / })
  }
})

t.test('servers that do not say what they hold are not filled without consent', async (t) => {
  const words =
    'Elm does not say whether there are other clients; a benchmark adds 20 of its own, which nothing removes'
  for (const reply of ['? STATUS proxyherd\n', 'STATUS {\n', 'STATUS {"clients":"many"}\n', undefined]) {
    const { target: elm, next } = await target(t)
    const { answer } = ask([elm], false)
    const peer = await next()
    if (reply === undefined) peer.end()
    else void answerAll(peer, () => reply)
    await t.rejects(answer, { message: words, hint: 'add them all the same with --yes' }, String(reply))
  }
  const [elm, oak] = [await target(t), await target(t)]
  const { answer } = ask([elm.target, { ...oak.target, name: 'Oak' }], false)
  for (const { next } of [elm, oak]) void answerAll(await next(), (line) => `? ${line}`)
  await t.rejects(answer, { message: /^Elm and Oak do not say whether/ })
})

t.test('of a server that cannot be reached the benchmark itself speaks', async (t) => {
  const herd = await clark(t)
  const targets = [...herd.addresses].map(([name, address]) => ({ name, address }))
  await herd.herd.stopAll()
  t.equal(await ask(targets, false).answer, true)
})
