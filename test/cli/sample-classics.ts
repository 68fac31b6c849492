import t, { type Test } from 'tap'
import { sampleClassics, type HerdSample } from '../../src/cli/sample-classics.js'
import type { ProbedServer, ProbeResult } from '../../src/cli/herd-probe.js'
import { formatStatus } from '../../src/protocol/status.js'
import { parseTopology } from '../../src/topology/topology.js'
import { freePorts } from '../fixtures/files.js'
import { TestHerd } from '../fixtures/herd.js'
import { PeerListener } from '../fixtures/peer.js'
import { standing, upLink } from '../fixtures/status.js'
import { Terminal } from '../fixtures/terminal.js'

/** Clark, and its neighbour Oak of another program, which answers questions as `answer` says. */
interface Pair {
  readonly herd: TestHerd
  readonly topology: string
  /** Those that Oak was asked for. */
  readonly questions: string[]
}

type Answer = (client: string, time: number) => string | Promise<string>

async function listen(t: Test, port = 0): Promise<PeerListener> {
  const listener = await PeerListener.listen(port)
  t.teardown(() => {
    listener.close()
  })
  return listener
}

async function startPair(t: Test, answer: Answer): Promise<Pair> {
  const { servers } = await freePorts({ servers: ['Clark', 'Oak'], links: [] })
  const oak = await listen(t, servers.get('Oak')?.port)
  const described = { Clark: servers.get('Clark'), Oak: { ...servers.get('Oak'), dialect: 'plain' } }
  const text = JSON.stringify({ servers: described, links: [['Clark', 'Oak']] })
  const folder = t.testdir({ 'topology.json': text })
  const herd = await TestHerd.start(t, { topology: parseTopology(text, 'test'), names: ['Clark'] })
  const questions: string[] = []
  const serve = async (): Promise<void> => {
    for (;;) {
      const peer = await oak.next()
      const [, client = ''] = /^WHATSAT (\S+) 1 1\n$/.exec(await peer.closed) ?? []
      questions.push(client)
      const time = questions.filter((asked) => asked === client).length
      const reply = client === '' ? '' : await answer(client, time)
      if (reply !== 'nothing yet') peer.socket.end(reply)
    }
  }
  void serve()
  return { herd, topology: `${folder}/topology.json`, questions }
}

/** The result of a probe of these servers, which serve Oak as a classic server, and Oak. */
function probed(ports: Readonly<Record<string, number>>): ProbeResult {
  const servers = Object.entries(ports).map(([name, port]): ProbedServer => {
    const address = { host: '127.0.0.1', port }
    const status = standing(name, { links: [upLink('Oak', { kind: 'plain', lastComparison: null })] })
    return {
      name,
      address,
      answer: name === 'Oak' ? { kind: 'failed', why: '?' } : { kind: 'status', status },
    }
  })
  return { time: new Date(), servers, rounds: 1 }
}

function sample(result: ProbeResult, signal = new AbortController().signal): Promise<HerdSample> {
  return sampleClassics(result, { count: 100, access: { timeoutMs: 10_000 }, signal })
}

function at(client: string, time: string, server = 'Clark'): string {
  return `AT ${server} +0.3 ${client} +34.068930-118.445127 ${time}\n`
}

async function report(herd: TestHerd, client: string, ...times: string[]): Promise<void> {
  const lines = times.map((time) => `IAMAT ${client} +34.068930-118.445127 ${time}\n`)
  await herd.ask('Clark', lines.join(''))
}

t.test('each answer is compared with what was held before and after it', async (t) => {
  const { herd, questions } = await startPair(t, async (client, time) => {
    switch (client) {
      case 'moved':
        if (time === 1) await report(herd, client, '6.5')
        return at(client, '6.5')
      case 'moving':
        if (time === 1) await report(herd, client, '6.5', '7.5')
        return at(client, '6.5')
      case 'late':
        return at(client, time === 1 ? '4' : '5.123456')
      case 'new':
        return time === 1 ? `? WHATSAT ${client} 1 1\n` : at(client, '5.123456')
      case 'unknown':
        return `? WHATSAT ${client} 1 1\n`
      case 'silent':
        return ''
      default:
        return at(client, { equal: '5.123456', rounded: '5.1235', older: '4.9', newer: '8' }[client] ?? '?')
    }
  })
  const clients = [
    ...['equal', 'rounded', 'older', 'newer', 'unknown', 'silent'],
    ...['moved', 'moving', 'late', 'new'],
  ]
  for (const client of clients) await report(herd, client, '5.123456')
  t.same(await sample(probed({ Clark: herd.port('Clark'), Oak: portOf(herd, 'Oak') })), {
    kind: 'compared',
    source: 'Clark',
    clients: 10,
    servers: [{ name: 'Oak', equal: 6, older: 1, newer: 1, unknown: 1, unanswered: 1 }],
  })
  const twice = clients.filter((client) => questions.filter((asked) => asked === client).length === 2)
  t.same(twice, ['older', 'newer', 'unknown', 'late', 'new'])
})

t.test('a server that does not answer is soon asked no more', async (t) => {
  const { herd, questions } = await startPair(t, () => '')
  for (let client = 0; client < 9; client += 1) await report(herd, `c${client}`, '5')
  t.match(await sample(probed({ Clark: herd.port('Clark'), Oak: portOf(herd, 'Oak') })), {
    clients: 9,
    servers: [{ equal: 0, unanswered: 9 }],
  })
  t.equal(questions.filter((client) => client !== '').length, 4)
})

t.test('an older version names no clients, and the next server is asked', async (t) => {
  const older = await listen(t)
  void older.next().then(async (peer) => {
    peer.write(`? ${await peer.read()}`)
  })
  const clark = await listen(t)
  void clark.next().then(async (peer) => {
    t.equal(await peer.read(), 'STATUS proxyherd 100\n')
    peer.write(`${formatStatus(standing('Clark'))}\n`)
    t.equal(await (await clark.next()).closed, '', 'nothing is asked if no client is named')
  })
  t.match(await sample(probed({ Elm: older.port, Clark: clark.port })), { source: 'Clark', clients: 0 })
  t.same(await sample(probed({ Oak: 1 })), { kind: 'failed', why: 'no server names clients to compare' })
})

t.test('a server that no longer answers ends the comparison', async (t) => {
  const [clark, oak] = [await listen(t), await listen(t)]
  const serve = async (): Promise<void> => {
    const peer = await clark.next()
    await peer.read()
    const named = { sample: [at('kiwi', '5').trimEnd(), 'nonsense'] }
    peer.write(`${formatStatus(standing('Clark', named))}\n`)
    const asked = await oak.next()
    await asked.closed
    asked.socket.end(at('kiwi', '4'))
    const first = await clark.next()
    t.equal(await first.read(), 'WHATSAT kiwi 1 0\n')
    first.socket.end('? WHATSAT kiwi 1 0\n')
    const again = await oak.next()
    await again.closed
    again.socket.end(at('kiwi', '5'))
    const second = await clark.next()
    await second.read()
    second.destroy()
  }
  void serve()
  t.same(await sample(probed({ Clark: clark.port, Oak: oak.port })), {
    kind: 'failed',
    why: 'Clark closed the connection before it answered',
  })
})

function portOf(herd: TestHerd, name: string): number {
  return herd.herd.addressOf(name)?.port ?? 0
}

const WARNING =
  'proxyherd: asking Oak where 3 clients at most are, for some twice; each question may cost a place look-up\n'

t.test('herd status shows a sample, and ends with 1 if a server differs', async (t) => {
  const held = new Map([['kiwi', '5']])
  const { herd, topology } = await startPair(t, (client) => at(client, held.get(client) ?? '4'))
  const status = async (...argv: string[]): Promise<{ code: number; stdout: string; stderr: string }> => {
    const terminal = new Terminal()
    const code = await terminal.run('herd', 'status', '--topology', topology, '--sample', '3', ...argv)
    return { code, stdout: terminal.stdout.text, stderr: terminal.stderr.text }
  }
  await report(herd, 'kiwi', '5')
  const equal = await status()
  t.match(equal, { code: 0, stderr: WARNING })
  t.match(
    equal.stdout,
    /\nSampled +Equal +Older +Newer +Unknown +Unanswered\nOak +1 +0 +0 +0 +0\n\nin sync: /,
  )
  await report(herd, 'fig', '5')
  const differing = await status()
  t.match(differing, { code: 1, stderr: WARNING })
  t.match(
    differing.stdout,
    /\nOak +1 +1 +0 +0 +0\n\nOak does not answer as Clark for 1 of 2 clients\nin sync: /,
  )
  held.set('fig', '5')
  const json = await status('--json')
  t.equal(json.code, 0)
  t.match(JSON.parse(json.stdout), {
    inSync: true,
    sample: {
      source: 'Clark',
      clients: 2,
      servers: [{ name: 'Oak', equal: 2, older: 0, newer: 0, unknown: 0, unanswered: 0 }],
    },
  })
  t.match(await status('Clark'), {
    code: 0,
    stderr: 'proxyherd: no server is known to run another program, so there is nothing to sample\n',
  })
})

t.test('herd status says that an older version cannot be sampled', async (t) => {
  const [clark, oak] = [await listen(t), await listen(t)]
  const serve = async (): Promise<void> => {
    for (;;) {
      const peer = await clark.next()
      const request = await peer.read()
      const { links } = standing('Clark', { links: [upLink('Oak', { kind: 'plain' })] })
      peer.write(
        request.endsWith(' 3\n') ? `? ${request}` : `${formatStatus(standing('Clark', { links }))}\n`,
      )
    }
  }
  void serve()
  void oak.next().then((peer) => {
    peer.destroy()
  })
  const ports = { Clark: clark.port, Oak: oak.port }
  const servers = Object.entries(ports).map(([name, port]) => [name, { host: '127.0.0.1', port }] as const)
  const text = JSON.stringify({ servers: Object.fromEntries(servers), links: [['Clark', 'Oak']] })
  const folder = t.testdir({ 'topology.json': text })
  const why =
    'Clark names no clients to compare: it is an older version, which answers "? STATUS proxyherd 3"'
  for (const json of [false, true]) {
    const terminal = new Terminal()
    const argv = ['--topology', `${folder}/topology.json`, '--sample', '3', ...(json ? ['--json'] : [])]
    t.equal(await terminal.run('herd', 'status', ...argv), 1)
    if (json) t.match(JSON.parse(terminal.stdout.text), { sample: { fault: why } })
    else t.match(terminal.stdout.text, `\n${why}\nin sync: 1 server`)
    void oak.next().then((peer) => {
      peer.destroy()
    })
  }
})

t.test('--sample is a number of clients, and not for --watch', async (t) => {
  const cases: [argv: string[], stderr: string][] = [
    [['--sample', '0'], `proxyherd: --sample: "0" is less than 1\n`],
    [['--sample', '101'], `proxyherd: --sample: "101" is more than 100\n`],
    [['--sample', '1.5'], `proxyherd: --sample: "1.5" is not a whole number\n`],
    [['--sample', 'x'], `proxyherd: --sample: "x" is not a whole number\n`],
    [['--sample', '1', '--watch'], 'proxyherd: --sample and --watch exclude each other\n'],
  ]
  for (const [argv, stderr] of cases) {
    const terminal = new Terminal()
    t.equal(await terminal.run('herd', 'status', ...argv), 2)
    t.equal(terminal.stderr.text, stderr)
  }
})

t.test('Ctrl-C ends the questions', async (t) => {
  const terminal = new Terminal()
  const { herd, topology } = await startPair(t, () => {
    terminal.interrupt()
    return 'nothing yet'
  })
  for (const client of ['kiwi', 'fig', 'lime', 'plum', 'sloe']) await report(herd, client, '5')
  t.equal(await terminal.run('herd', 'status', '--topology', topology, '--sample', '3'), 1)
  t.equal(terminal.stdout.text, '')
})
