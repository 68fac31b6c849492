import { execFileSync, fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { freePorts, topologyFile } from '../fixtures/files.js'
import { Peer } from '../fixtures/peer.js'
import { Program } from '../fixtures/program.js'
import { drawSeed } from '../fixtures/seeds.js'
import { isSoak } from '../fixtures/soak.js'

/** How long to bear it; "npm run fuzz" and "npm run soak" give more. */
const SECONDS = Math.max(isSoak ? 40 : 3, Number(process.env['FUZZ_SECONDS'] ?? 0) / 3)

/** With those that send floods and those that are served, nearly as many connections as a server takes. */
const CROWD = 9_800

/** Connections of either process, with what else it has open. */
const OPEN_FILES = 10_200

/**
 * By how much a server's memory may grow meanwhile. Seen was 180 MiB in the tests, and 275 MiB after 40 s, from which it grew no more:
 * of these some 60 for the connections, up to 144 KiB unread and 1 MiB of replies for each of the 141 that send floods, and 16 for
 * the log; the rest is what is to be collected. The half of it would still be more than that.
 */
const MAX_GROWTH_MIB = 550

/** Ten times what a client of a server under attack should wait at most. */
const REPLY_WITHIN_MS = 10_000

interface Served {
  readonly times: number[]
  /** The first wrong reply. */
  wrong?: string
}

/** An honest client: sends one command, waits for the reply, and sends the next. */
async function serve(
  client: Peer,
  command: string,
  mark: string,
  reply: RegExp,
  until: number,
): Promise<Served> {
  const served: Served = { times: [] }
  while (performance.now() < until) {
    const startedAt = performance.now()
    client.write(`${command} ${served.times.length % 20}\n`)
    const got = await client.read(mark)
    served.times.push(performance.now() - startedAt)
    if (!reply.test(got)) served.wrong ??= got
    await delay(1)
  }
  served.times.sort((a, b) => a - b)
  return served
}

function percentile(times: readonly number[], percent: number): number {
  return Math.round(times[Math.floor((times.length * percent) / 100)] ?? NaN)
}

function summary({ times }: Served): string {
  const [p50, p99, most] = [percentile(times, 50), percentile(times, 99), times.at(-1) ?? NaN]
  return `${times.length} replies, p50 ${p50} ms, p99 ${p99} ms, at most ${Math.round(most)} ms`
}

function residentMiB({ pid = 0 }: ChildProcess): number {
  const status = `/proc/${pid}/status`
  const kibibytes = existsSync(status)
    ? /^VmRSS:\s+(\d+)/m.exec(readFileSync(status, 'latin1'))?.[1]
    : execFileSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'latin1' })
  return Math.round(Number(kibibytes) / 1_024)
}

/** The limit of open files per process, which Node has already raised as far as it may. */
function maxOpenFiles(): number {
  const { userLimits } = process.report.getReport() as {
    userLimits: { open_files: { soft: number | string } }
  }
  const { soft } = userLimits.open_files
  return typeof soft === 'number' ? soft : Infinity
}

/** Clark in a process of its own, and its attackers: a fake neighbour and many clients. */
async function attacked(
  t: Test,
): Promise<{ server: Program; port: number; attack: () => Promise<ChildProcess> }> {
  const topology = await freePorts({ servers: ['Amber', 'Clark'], links: [['Amber', 'Clark']] })
  const folder = t.testdir({ 'topology.json': topologyFile(topology) })
  const flags = ['--topology', `${folder}/topology.json`, '--state', `${folder}/state`]
  const server = new Program(['serve', 'Clark', ...flags])
  t.teardown(async () => {
    server.kill('SIGKILL')
    await server.ended
  })
  await server.prints('listens on')
  const port = topology.servers.get('Clark')?.port ?? 0
  const attack = async (): Promise<ChildProcess> => {
    const argv = [port, CROWD, drawSeed(t)].map(String)
    const crowd = fork('test/fixtures/hostile.mjs', argv, { execArgv: [] })
    t.teardown(() => crowd.kill('SIGKILL'))
    await once(crowd, 'message')
    return crowd
  }
  return { server, port, attack }
}

t.test('under attack, memory stays bounded and honest clients are served', async (t) => {
  t.ok(maxOpenFiles() >= OPEN_FILES, `${maxOpenFiles()} files may be open: see "ulimit -n"`)
  const { server, port, attack } = await attacked(t)
  const [reporter, asker] = [await Peer.connect(port), await Peer.connect(port)]
  const before = residentMiB(server.process)
  const crowd = await attack()
  const connected = residentMiB(server.process)
  const sent: unknown[] = []
  crowd.on('message', (message) => sent.push(message))
  let most = connected
  const watch = setInterval(() => (most = Math.max(most, residentMiB(server.process))), 100)
  const until = performance.now() + SECONDS * 1_000
  const [reports, questions] = await Promise.all([
    serve(reporter, 'IAMAT kiwi +34.06-118.44', '\n', /^AT Clark \S+ kiwi \+34.06-118.44 1?[0-9]\n$/, until),
    serve(
      asker,
      'WHATSAT kiwi 10',
      '\n\n',
      /^AT Clark \S+ kiwi [^\n]+\n\{\n[^]*"status" *: *"[A-Z_]+"[^]*\n\}\n\n$/,
      until,
    ),
  ])
  t.comment(`IAMAT: ${summary(reports)}`)
  t.comment(`WHATSAT: ${summary(questions)}`)
  t.comment(
    `memory: ${before} MiB, connected ${connected} MiB, at most ${most} MiB; sent: ${JSON.stringify(sent.at(-1))}`,
  )
  t.equal(reports.wrong, undefined)
  t.equal(questions.wrong, undefined)
  t.ok(percentile(reports.times, 99) < REPLY_WITHIN_MS)
  // Of a process that has ended nothing more is to be read.
  clearInterval(watch)
  server.kill('SIGTERM')
  t.equal(await server.ended, 0)
  if (isSoak) t.ok(most - before < MAX_GROWTH_MIB, `grown by ${most - before} MiB`)
  crowd.kill('SIGKILL')
  await once(crowd, 'exit')
})
