import { existsSync, readdirSync, readFileSync, truncateSync } from 'node:fs'
import t, { type Test } from 'tap'
import { freePorts, topologyFile } from '../fixtures/files.js'
import { PeerListener } from '../fixtures/peer.js'
import { Terminal, type TerminalOptions } from '../fixtures/terminal.js'
import { CLASSIC } from '../fixtures/topologies.js'

type Start = (argv: readonly string[], options?: TerminalOptions) => Terminal

interface Place {
  readonly folder: string
  /** To use the topology and the state in that folder. */
  readonly flags: readonly string[]
  /** Starts a subcommand that runs until it is interrupted, at the latest at the end of the test, and then must end with 0. */
  readonly start: Start
}

/** A folder with some files, by default a topology of the classic herd. */
async function place(
  t: Test,
  files: Record<string, ReturnType<Test['fixture']> | object | string> = {},
): Promise<Place> {
  const topology = topologyFile(await freePorts(CLASSIC))
  const running: { terminal: Terminal; exitCode: Promise<number> }[] = []
  // Before the folder is made, so that it is also done before the folder is removed.
  t.teardown(async () => {
    for (const { terminal, exitCode } of running) {
      terminal.interrupt()
      if ((await exitCode) !== 0) throw new Error(`it did not end well: ${terminal.stderr.text}`)
    }
  })
  const folder = t.testdir({ 'topology.json': topology, ...files })
  const start: Start = (argv, options) => {
    const terminal = new Terminal(options)
    running.push({ terminal, exitCode: terminal.run(...argv) })
    return terminal
  }
  return { folder, flags: ['--topology', `${folder}/topology.json`, '--state', `${folder}/state`], start }
}

t.test('herd up runs all servers, prints their addresses, and answers send', async (t) => {
  const { folder, flags, start } = await place(t)
  const herd = start(['herd', 'up', ...flags])
  await herd.stdout.shows('all 6 links are up\n')
  const [head, ...rows] = herd.stdout.text.split('\n')
  t.match(head, /^Server +Address +HTTP +Neighbours +Log$/)
  t.match(rows[0], /^Juzang +127\.0\.0\.1:\d+ +off +Clark, Bernard, Johnson +\S+\/logs\/Juzang\.log$/)
  const reporter = new Terminal()
  const iamat = 'IAMAT kiwi.cs.ucla.edu +34.06-118.44 1621464827.9'
  t.equal(await reporter.run('send', 'Bernard', iamat, '--topology', `${folder}/topology.json`), 0)
  t.match(
    reporter.stdout.text,
    /^AT Bernard \+\d+\.\d{9} kiwi\.cs\.ucla\.edu \+34\.06-118\.44 1621464827\.9\n$/,
  )
  for (const server of CLASSIC.servers) {
    const asked = new Terminal()
    const code = await asked.run(
      'send',
      server,
      'WHATSAT kiwi.cs.ucla.edu 10 2',
      '--topology',
      `${folder}/topology.json`,
    )
    t.equal(code, 0)
    t.ok(asked.stdout.text.startsWith(reporter.stdout.text), server)
    const { results } = JSON.parse(asked.stdout.text.slice(reporter.stdout.text.length)) as {
      results: { name: string }[]
    }
    t.equal(results[0]?.name, 'Westwood')
    t.equal(results.length, 2)
  }
  t.equal(herd.stderr.text, '')
})

t.test('on a terminal, a spinner runs until all links are up', async (t) => {
  const { flags, start } = await place(t)
  const some = start(['herd', 'up', 'Clark', 'Jaquez', 'Juzang', 'Johnson', ...flags], {
    isTTY: true,
    env: { TERM: 'xterm' },
  })
  await some.stderr.shows('linking')
  start(['serve', 'Bernard', ...flags])
  await some.stdout.shows('all 6 links are up')
})

t.test('lines printed while the spinner runs do not mix with it', async (t) => {
  const { flags, start } = await place(t)
  const herd = start(['herd', 'up', 'Clark', ...flags], { isTTY: true, env: { TERM: 'xterm' } })
  await herd.stdout.shows(/^Clark cannot reach Jaquez: nobody listens there; retrying$/m)
  await herd.stderr.shows('linking')
  const jaquez = start(['serve', 'Jaquez', ...flags])
  await jaquez.stdout.shows('linked to Clark')
  jaquez.interrupt()
  await herd.stdout.shows('link Clark–Jaquez is down: it closed the connection')
})

t.test('a herd that is asked to end before it has started', async (t) => {
  const { flags } = await place(t)
  const herd = new Terminal()
  herd.interrupt()
  t.equal(await herd.run('herd', 'up', ...flags), 0)
})

t.test('herd up with some servers reports links as they go down and come back', async (t) => {
  const { flags, start } = await place(t)
  const most = start(['herd', 'up', 'Clark', 'Jaquez', 'Clark', ...flags])
  await most.stdout.shows(/Clark cannot reach Juzang: nobody listens there; retrying/)
  const [, ...rows] = most.stdout.text.split('\n')
  t.match(rows, [/^Clark /, /^Jaquez /])
  t.notMatch(rows, [/^Clark /, /^Jaquez /, /^Clark /])
  const rest = new Terminal()
  const restEnded = rest.run('serve', 'Juzang', ...flags)
  await rest.stdout.shows('linked to Clark')
  await rest.stdout.shows(/^Juzang listens on 127\.0\.0\.1:\d+, log in .*Juzang\.log$/m)
  await rest.stdout.shows('cannot reach Bernard yet: nobody listens there; retrying')
  rest.interrupt()
  t.equal(await restEnded, 0)
  await most.stdout.shows('link Clark–Juzang is down: it closed the connection')
  const again = start(['serve', 'Juzang', ...flags])
  await most.stdout.shows('link Clark–Juzang is up again')
  const last = start(['serve', 'Bernard', ...flags])
  await last.stdout.shows('linked to Juzang')
  await again.stdout.shows('linked to Bernard')
  await most.stdout.shows('all 3 links are up')
  last.interrupt()
  await again.stdout.shows('lost the link to Bernard: it closed the connection')
})

t.test('mismatched topologies are reported', async (t) => {
  const { servers } = await freePorts(CLASSIC)
  const [clark, oak] = [servers.get('Clark'), servers.get('Juzang')]
  const pair = { servers: { Clark: clark, Oak: oak }, links: [['Clark', 'Oak']] }
  const three = { servers: { ...pair.servers, Elm: { host: '127.0.0.1', port: 0 } }, links: pair.links }
  // Under another name of its host, Clark itself.
  const self = { servers: { Clark: clark, Oak: { ...clark, host: 'localhost' } }, links: pair.links }
  const { folder, start } = await place(t, {
    'pair.json': JSON.stringify(pair),
    'three.json': JSON.stringify(three),
    'self.json': JSON.stringify(self),
  })
  const argvOf = (name: string): string[] => ['--topology', `${folder}/${name}.json`, '--state', folder]
  const lost = new Terminal()
  const ended = lost.run('serve', 'Clark', ...argvOf('self'))
  await lost.stdout.shows('cannot reach Oak yet: it says it is Clark; retrying')
  lost.interrupt()
  t.equal(await ended, 0)
  const herd = start(['herd', 'up', 'Clark', ...argvOf('pair')])
  await herd.stdout.shows('Clark cannot reach Oak: nobody listens there')
  const other = start(['serve', 'Oak', ...argvOf('three')])
  await other.stdout.shows('linked to Clark, but its topology is not the same')
  await herd.stdout.shows('Clark is linked to Oak, but its topology is not the same')
})

t.test('a single link, and none at all', async (t) => {
  const any = { host: '127.0.0.1', port: 0 }
  const servers = { Elm: any, Oak: any }
  const { folder, start } = await place(t, {
    'pair.json': JSON.stringify({ servers, links: [['Elm', 'Oak']] }),
    'alone.json': JSON.stringify({ servers: { Elm: any }, links: [] }),
  })
  const pair = start(['herd', 'up', '--topology', `${folder}/pair.json`, '--state', folder])
  await pair.stdout.shows('the link is up')
  const alone = start(['herd', 'up', '--topology', `${folder}/alone.json`, '--state', `${folder}/alone`])
  await alone.stdout.shows(/^Elm +127/m)
  const serving = start(['serve', 'Elm', '--topology', `${folder}/alone.json`, '--state', `${folder}/serve`])
  await serving.stdout.shows(/^Elm listens on 127\.0\.0\.1:[1-9]/m)
})

t.test('an error at the start is one line with a hint, and nothing is left behind', async (t) => {
  const { folder, flags } = await place(t)
  const topology = JSON.parse(readFileSync(`${folder}/topology.json`, 'utf8')) as {
    servers: Record<string, { port: number }>
  }
  const { port = 0 } = topology.servers['Johnson'] ?? {}
  const squatter = await PeerListener.listen(port)
  t.teardown(() => {
    squatter.close()
  })
  const cases: Record<string, { argv: string[]; errors: RegExp }> = {
    'a taken port': {
      argv: ['herd', 'up', ...flags],
      errors: new RegExp(
        `^proxyherd: port ${port} is taken, so Johnson cannot listen\nproxyherd: hint: see who holds it with "lsof -i :${port}"`,
      ),
    },
    'no such server': {
      argv: ['herd', 'up', 'Oak', ...flags],
      errors: /topology.json has no server "Oak"\nproxyherd: hint: it has Juzang, Bernard/,
    },
    'no such file': {
      argv: ['serve', 'Clark', '--topology', `${folder}/none`],
      errors: /^proxyherd: .*none does not exist\n/,
    },
    'a log folder that is a file': {
      argv: ['serve', 'Clark', ...flags, '--state', `${folder}/topology.json`],
      errors: /^proxyherd: .*topology\.json\/logs/,
    },
    'no key file': {
      argv: ['serve', 'Clark', ...flags, '--places-key-file', `${folder}/none`],
      errors: /^proxyherd: .*none cannot be read: there is no such file\n$/,
    },
  }
  for (const [name, { argv, errors }] of Object.entries(cases)) {
    const terminal = new Terminal()
    t.equal(await terminal.run(...argv), 1, name)
    t.match(terminal.stderr.text, errors)
    t.equal(terminal.stdout.text, '')
  }
  // The ports of those that had started are free again.
  const clark = await PeerListener.listen(topology.servers['Clark']?.port)
  clark.close()
})

t.test('a places key stays secret, and selects the service', async (t) => {
  const { folder, flags } = await place(t, { 'places.key': 'key-in-file\n' })
  const service = await PeerListener.listen()
  t.teardown(() => {
    service.close()
  })
  const url = `http://127.0.0.1:${service.port}/`
  const keyFile = `${folder}/places.key`
  for (const [how, key] of [
    [['--places-key-file', keyFile], 'key-in-file'],
    [[], 'key-in-env'],
  ] as const) {
    const herd = new Terminal({ env: { GOOGLE_PLACES_API_KEY: 'key-in-env' } })
    const ended = herd.run('serve', 'Clark', ...flags, '--places-url', url, ...how)
    await herd.stdout.shows('listens on')
    const asked = new Terminal()
    const sent = asked.run(
      'send',
      'Clark',
      'IAMAT k +1+1 1',
      'WHATSAT k 1 1',
      '--topology',
      `${folder}/topology.json`,
    )
    const call = await service.next()
    t.match(await call.read('\r\n'), new RegExp(`[?&]key=${key}[& ]`))
    call.write('HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
    t.equal(await sent, 0)
    t.match(asked.stdout.text, /"UNKNOWN_ERROR"/)
    herd.interrupt()
    t.equal(await ended, 0)
    t.notMatch(
      readFileSync(`${folder}/state/logs/Clark.log`, 'utf8') + herd.stdout.text + asked.stdout.text,
      key,
    )
  }
})

t.test('a full disk is reported, and the server keeps running', async (t) => {
  const { folder, flags, start } = await place(t, {
    state: { logs: { 'Clark.log': t.fixture('symlink', '/dev/full') } },
  })
  const herd = start(['serve', 'Clark', ...flags])
  await herd.stderr.shows(/^proxyherd: Clark: the log .*Clark.log cannot be written: the disk is full$/m)
  const asked = new Terminal()
  t.equal(await asked.run('send', 'Clark', 'IAMAT k +1+1 1', '--topology', `${folder}/topology.json`), 0)
})

t.test('reports are stored unless --no-store is given, and damage is reported', async (t) => {
  const { folder, flags } = await place(t)
  const topology = `${folder}/topology.json`
  const serve = async (asked: string, ...more: string[]): Promise<{ reply: string; errors: string }> => {
    const [server, client] = [new Terminal(), new Terminal()]
    const ended = server.run('serve', 'Clark', ...flags, ...more)
    await server.stdout.shows('listens on')
    await client.run('send', 'Clark', asked, '--topology', topology)
    server.interrupt()
    t.equal(await ended, 0)
    return { reply: client.stdout.text, errors: server.stderr.text }
  }
  const { reply: at } = await serve('IAMAT kiwi +34-118 5', '--durability', 'commit')
  t.ok((await serve('WHATSAT kiwi 1 1')).reply.startsWith(at))
  t.equal((await serve('WHATSAT kiwi 1 1', '--no-store')).reply, '? WHATSAT kiwi 1 1\n')
  const data = `${folder}/state/data/Clark`
  for (const file of readdirSync(data, { recursive: true, encoding: 'utf8' }))
    if (file.endsWith('.journal')) truncateSync(`${data}/${file}`, 0)
  t.match((await serve('WHATSAT kiwi 1 1')).errors, /^proxyherd: Clark: .*Clark/)
})

t.test('logs are in the printed files', async (t) => {
  const { folder, flags } = await place(t)
  const [, topology = ''] = flags
  const herd = new Terminal({ env: {} })
  const ended = herd.run('serve', 'Clark', '--topology', topology, '--state', `${folder}/elsewhere`)
  await herd.stdout.shows('listens on')
  herd.interrupt()
  t.equal(await ended, 0)
  t.ok(existsSync(`${folder}/elsewhere/logs/Clark.log`))
  const shown = new Terminal()
  t.equal(await shown.run('logs', '--state', `${folder}/elsewhere`), 0)
  t.match(shown.stdout.text, /^\S+ Clark +· listening on 127/)
})
