import t, { type Test } from 'tap'
import { formatAddress } from '../../src/net/connection.js'
import { topologyFile } from '../fixtures/files.js'
import { anyPorts, TestHerd } from '../fixtures/herd.js'
import { answerAll, answerTo, target } from '../fixtures/targets.js'
import { Terminal, type TerminalOptions } from '../fixtures/terminal.js'

const SMALL = ['--clients', '50', '--connections', '10', '--seconds', '0.2', '--warm-up', '0']

/** A classic herd, and a topology file with its addresses. */
async function place(t: Test): Promise<{ herd: TestHerd; flags: string[] }> {
  const herd = await TestHerd.start(t)
  const servers = herd.addresses
  const folder = t.testdir({ 'topology.json': topologyFile({ servers, links: [] }) })
  return { herd, flags: ['--topology', `${folder}/topology.json`, ...SMALL] }
}

/** A server that acknowledges reports but does not store them. */
async function liar(t: Test, answer = answerTo): Promise<string> {
  const { target: elm, next } = await target(t)
  const accept = async (): Promise<void> => {
    for (;;) void answerAll(await next(), answer)
  }
  void accept()
  return formatAddress(elm.address.host, elm.address.port)
}

async function bench(
  argv: readonly string[],
  options?: TerminalOptions,
): Promise<{ code: number; stdout: string; stderr: string }> {
  const terminal = new Terminal(options)
  const code = await terminal.run('bench', ...argv)
  return { code, stdout: terminal.stdout.text, stderr: terminal.stderr.text }
}

t.test('a herd is measured, and its servers agree', async (t) => {
  const { flags } = await place(t)
  const { code, stdout, stderr } = await bench(flags)
  t.equal(code, 0)
  const lines = stdout.split('\n')
  t.match(lines, [
    /^ +answered +per second +p50 +p99 +p99\.9 +longest$/,
    /^IAMAT +[0-9,]+ +[0-9,]+( +[0-9]+\.[0-9]{2} ms){4}$/,
    /^WHATSAT +[0-9,]+ +[0-9,]+( +[0-9]+\.[0-9]{2} ms){4}$/,
    /^5 servers, 50 clients on 10 connections, depth 16, closed loop, [0-9]+\.[0-9] s$/,
    /^Server +answered +refused +unanswered +IAMAT p50 +IAMAT p99$/,
    ...['Juzang', 'Bernard', 'Jaquez', 'Johnson', 'Clark'].map(
      (name) => new RegExp(`^${name} +[0-9,]+ +0 +0( +[0-9.]+ ms){2}$`),
    ),
    /^all servers hold the newest reports [0-9]+ ms after the last reply \(asked for all 50 clients\): [0-9,]+ reports\/s$/,
    /^CPU: (servers [0-9.]+ µs per request, [0-9.]+ cores; this process|this process) [0-9.]+ cores/,
    /^$/,
  ])
  t.equal(lines.length, 13)
  t.equal(stderr, '')
})

t.test('--json prints one object, also for some servers only', async (t) => {
  const { herd, flags } = await place(t)
  const bernard = `127.0.0.1:${herd.port('Bernard')}`
  const argv = ['Clark', bernard, 'Clark', '--json', '--rate', '500', '--whatsat', '0', '--yes', ...flags]
  const { code, stdout, stderr } = await bench([...argv, '--warm-up', '0.05'])
  t.equal(code, 0)
  t.equal(stderr, '')
  const figures = JSON.parse(stdout) as Record<string, unknown>
  t.match(figures, {
    servers: { Clark: `127.0.0.1:${herd.port('Clark')}`, [bernard]: bernard },
    clients: 50,
    connections: 10,
    depth: 16,
    ratePerSecond: 500,
    latePercent: 5,
    tiedPercent: 1,
    seed: 1,
    questions: 0,
    refused: 0,
    reportMicroseconds: { p50: Number, p99: Number, p999: Number, longest: Number },
    settledReportsPerSecond: Number,
    checkedClients: 50,
    reportedClients: 50,
    wrongAnswers: 0,
    mistake: null,
    ownCores: Number,
  })
  t.equal(Number(figures['reports']) + Number(figures['unsent']), 100)
})

t.test('a server that does not hold the newest reports is detected', async (t) => {
  const at = await liar(t)
  const argv = [at, ...SMALL, '--yes', '--timeout', '0.5']
  const { code, stdout, stderr } = await bench(argv)
  t.equal(code, 1)
  t.match(stdout, 'the servers do not agree: asked for all 50 clients, they gave 50 wrong answers')
  t.match(
    stderr,
    new RegExp(
      `^proxyherd: ${at} should hold [+-]\\d\\S+ \\d\\S+ for client-000000\\d\\d\\.test, but holds "AT Elm \\+0\\.5 client-000000\\d\\d\\.test \\+1\\+1 1"\n$`,
    ),
  )
  const json = await bench([await liar(t), ...SMALL, '--yes', '--timeout', '0.5', '--json'])
  t.equal(json.code, 1)
  t.match(JSON.parse(json.stdout), { settledSeconds: null, settledReportsPerSecond: null, wrongAnswers: 50 })
})

t.test('refused and unsent requests are reported', async (t) => {
  const { code, stdout, stderr } = await bench([
    await liar(t, (line) => `? ${line}`),
    ...SMALL,
    '--yes',
    '--rate',
    '1000000',
    '--depth',
    '1',
    '--timeout',
    '0.5',
  ])
  t.equal(code, 1)
  t.match(stdout, /^refused: [0-9,]+ IAMAT, [0-9,]+ WHATSAT$/m)
  t.match(stdout, /^not checked whether the servers agree: there was nothing or nobody to ask$/m)
  t.match(stdout, /^not checked: [0-9]+ clients with a report that was refused or not answered$/m)
  t.match(stdout, /^[0-9,]+ requests were due but not sent, because too many were unanswered$/m)
  t.match(stdout, '1,000,000 requests per second offered')
  t.equal(stderr, '')
})

t.test('a terminal shows a progress bar', async (t) => {
  const { flags } = await place(t)
  const tty = { isTTY: true, env: { TERM: 'xterm' } }
  const { code, stderr } = await bench(flags, tty)
  t.equal(code, 0)
  t.match(stderr, /connecting +░/)
  t.match(stderr, /measuring +█/)
  const quiet = await bench(flags, { isTTY: true, env: { TERM: 'xterm', NO_COLOR: '1' } })
  t.equal(quiet.stderr, '')
})

t.test('Ctrl-C ends a benchmark', async (t) => {
  const { target: elm, next } = await target(t)
  const terminal = new Terminal()
  const ended = terminal.run('bench', formatAddress(elm.address.host, elm.address.port), ...SMALL, '--yes')
  await next()
  terminal.interrupt()
  t.equal(await ended, 1)
  t.equal(terminal.stdout.text + terminal.stderr.text, '')
})

t.test('Ctrl-C ends the question what a herd holds', async (t) => {
  const { target: elm, next } = await target(t)
  const asking = new Terminal()
  const asked = asking.run('bench', formatAddress(elm.address.host, elm.address.port), ...SMALL)
  await (await next()).read('proxyherd\n')
  asking.interrupt()
  t.equal(await asked, 1)
  t.equal(asking.stdout.text + asking.stderr.text, '')
})

t.test('an error names the server that failed', async (t) => {
  const { target: elm, next } = await target(t)
  const at = formatAddress(elm.address.host, elm.address.port)
  void (async () => {
    for (;;) (await next()).end()
  })()
  const { code, stderr } = await bench([at, ...SMALL, '--yes'])
  t.equal(code, 1)
  t.match(stderr, `proxyherd: ${at} closed the connection`)
  t.match(stderr, 'hint: if it takes one command per connection, measure it with --one-shot\n')
  const oneShot = await bench([at, ...SMALL, '--yes', '--one-shot'])
  t.match(oneShot, { code: 1, stderr: `proxyherd: ${at} closed the connection` })
  t.notMatch(oneShot.stderr, 'hint')
})

t.test('wrong usage', async (t) => {
  const topology = topologyFile(anyPorts({ servers: ['Elm'], links: [] }))
  const folder = t.testdir({ 'topology.json': topology })
  const cases: [argv: string[], code: number, errors: RegExp][] = [
    [['--depth', '0'], 2, /^proxyherd: --depth: "0" is less than 1\n$/],
    [['--depth', '1.5'], 2, /^proxyherd: --depth: "1.5" is not a whole number\n$/],
    [['--clients', 'many'], 2, /^proxyherd: --clients: "many" is not a whole number\n$/],
    [['--connections', '20000'], 2, /^proxyherd: --connections: "20000" is more than 10000\n$/],
    [['--seconds', '0'], 2, /^proxyherd: --seconds: "0" is not more than 0 s\n$/],
    [['--warm-up', '4000'], 2, /^proxyherd: --warm-up: "4000" is more than 3600 s\n$/],
    [['--whatsat', '101'], 2, /^proxyherd: --whatsat: "101" is more than 100\n$/],
    [
      ['--one-shot', '--depth', '2'],
      2,
      /^proxyherd: --one-shot and a --depth of more than 1 exclude each other\n$/,
    ],
    [['--late', '60', '--tied', '50'], 2, /^proxyherd: --late and --tied add up to more than 100\n$/],
    [['Oak', '--topology', `${folder}/topology.json`], 1, /has no server "Oak"/],
  ]
  for (const [argv, code, errors] of cases) t.match(await bench(argv), { code, stdout: '', stderr: errors })
})
