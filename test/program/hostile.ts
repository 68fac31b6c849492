import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as delay } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { freePorts, topologyFile } from '../fixtures/files.js'
import { Peer } from '../fixtures/peer.js'
import { Program } from '../fixtures/program.js'
import { residentMiB } from '../fixtures/resident-memory.js'
import { drawSeed } from '../fixtures/seeds.js'
import { isSoak } from '../fixtures/soak.js'

/** How long the attack lasts. "npm run fuzz" and "npm run soak" make it longer. */
const SECONDS = Math.max(isSoak ? 40 : 3, Number(process.env['FUZZ_SECONDS'] ?? 0) / 3)

/** Together with the attackers and the honest clients, nearly as many connections as a server accepts. */
const CROWD = 9_800

/** The open files of either process: its connections and some others. */
const OPEN_FILES = 10_200

/**
 * How much a server's memory may grow meanwhile. It grew by 180 MiB in the tests, and by 275 MiB in 40 s, but no further. Of these, about
 * 60 MiB are for connections, up to 144 KiB of unread bytes and 1 MiB of replies for each of the 141 attackers that send floods, and
 * 16 MiB for the log. The rest is garbage. The limit is twice that.
 */
const MAX_GROWTH_MIB = 550

/** Ten times the longest wait that a client of a server under attack should have. */
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

/** The limit of open files per process, which Node has already raised as far as it may. */
function maxOpenFiles(): number {
  const { userLimits } = process.report.getReport() as {
    userLimits: { open_files: { soft: number | string } }
  }
  const { soft } = userLimits.open_files
  return typeof soft === 'number' ? soft : Infinity
}

/** Clark in its own process, and its attackers: a fake neighbour and many clients. */
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
  const before = residentMiB(server.process.pid ?? 0)
  const crowd = await attack()
  const connected = residentMiB(server.process.pid ?? 0)
  const sent: unknown[] = []
  crowd.on('message', (message) => sent.push(message))
  let most = connected
  const watch = setInterval(() => (most = Math.max(most, residentMiB(server.process.pid ?? 0))), 100)
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
  // The memory of a process that has ended cannot be read.
  clearInterval(watch)
  server.kill('SIGTERM')
  t.equal(await server.ended, 0)
  if (isSoak) t.ok(most - before < MAX_GROWTH_MIB, `grown by ${most - before} MiB`)
  crowd.kill('SIGKILL')
  await once(crowd, 'exit')
})
