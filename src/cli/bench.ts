import * as z from 'zod/mini'
import { Bench, type BenchOptions, type BenchResult } from '../load/bench.js'
import { listenersAt } from '../load/server-processes.js'
import { MAX_CLIENTS } from '../load/simulated-clients.js'
import { herdDialect } from '../load/request-dialect.js'
import { HerdConvergence, MAX_CHECKED_CLIENTS } from '../load/convergence-check.js'
import type { Target } from '../load/load-connection.js'
import type { LoadPhase } from '../load/load.js'
import { escapeControlsInJson } from '../log/escape-text.js'
import { MAX_CONNECTIONS } from '../net/limits.js'
import { ConnectionClosed } from '../net/raw-client.js'
import { PersonError } from '../person-error.js'
import { formatBenchJson, formatBench, formatWrongAnswer } from './format-bench.js'
import { clientToken, warnOfExposure } from './client-token.js'
import { EXIT, UsageError } from './exit.js'
import { findServer } from './find-server.js'
import { decimalFlag, secondsFlag, wholeFlag } from './number-flags.js'
import { checkOptions, findTopology, waitSeconds } from './options.js'
import { mayAddClients } from './other-clients.js'
import { startProgressBar } from './progress-bar.js'
import { note, untilAborted, type Streams } from './streams.js'

/** A deeper pipeline is a queue, and measures only itself. */
const MAX_DEPTH = 1_024

/** More requests per second than any machine sends, so a larger number is a mistake. */
const MAX_RATE = 10_000_000

/** Beyond this, the times of reports would not fit into 32 bits at a million reports per second. */
const MAX_SECONDS = 3_600

/** The requests in flight on a connection, if the user does not say. */
const DEPTH = 16

/** In one-shot mode each question takes a connection. */
const MAX_ONE_SHOT_CHECKS = 5_000

const percent = decimalFlag('a percentage', { least: 0, most: 100 })

function count(most: number): ReturnType<typeof wholeFlag> {
  return wholeFlag({ least: 1, most })
}

const benchOptions = z.strictObject({
  topology: z.optional(z.string()),
  seconds: secondsFlag({ above: 0, most: MAX_SECONDS }),
  warmUp: secondsFlag({ least: 0, most: MAX_SECONDS }),
  clients: count(MAX_CLIENTS),
  connections: count(MAX_CONNECTIONS),
  depth: z.optional(count(MAX_DEPTH)),
  oneShot: z._default(z.boolean(), false),
  yes: z._default(z.boolean(), false),
  rate: z.optional(count(MAX_RATE)),
  whatsat: percent,
  late: percent,
  tied: percent,
  seed: wholeFlag({ least: 0, most: Number.MAX_SAFE_INTEGER }),
  timeout: waitSeconds,
  json: z._default(z.boolean(), false),
  tokenFile: z.optional(z.string()),
})

/** `proxyherd bench [Clark …]`: measures a running herd. Returns the exit code: 1 if a server refused a request, failed, or is not seen to hold the newest reports. */
export async function bench(
  names: readonly string[],
  rawOptions: unknown,
  streams: Streams,
): Promise<number> {
  const options = checkOptions(benchOptions, rawOptions)
  if (options.oneShot && (options.depth ?? 1) > 1)
    throw new UsageError('--one-shot and a --depth of more than 1 exclude each other')
  if (options.late + options.tied > 100) throw new UsageError('--late and --tied add up to more than 100')
  const token = await clientToken(options.tokenFile, streams)
  const targets = await targetsOf(names, options.topology, token)
  warnOfExposure(
    targets.map(({ name, address }) => ({ server: name, address, token })),
    streams,
  )
  if (!options.yes && !(await mayAddClients(targets, options.clients, streams))) return EXIT.failed
  const plan = await planOf(options, targets)
  const running = new Bench(plan)
  const progress = await startProgressBar(() => running.progress, streams)
  let measured: BenchResult | undefined
  try {
    await Promise.race([running.run().then((result) => (measured = result)), untilAborted(streams)])
  } catch (error) {
    if (options.oneShot || !(error instanceof ConnectionClosed)) throw error
    throw new PersonError(error.message, 'if it takes one command per connection, measure it with --one-shot')
  } finally {
    progress.stop()
    running.stop()
  }
  if (!measured) return EXIT.failed
  streams.stdout.write(
    options.json
      ? `${escapeControlsInJson(JSON.stringify(formatBenchJson(plan, measured)))}\n`
      : formatBench(plan, measured),
  )
  const wrongAnswer = measured.check?.wrongAnswer
  if (wrongAnswer) note(formatWrongAnswer(wrongAnswer), streams)
  return isFlawless(measured) ? EXIT.done : EXIT.failed
}

/** Whether every request was answered and accepted, and every server was seen to hold the newest reports. */
function isFlawless({ load, settledSeconds, check }: BenchResult): boolean {
  const { refusedReports, refusedQuestions, servers } = load
  return (
    refusedReports + refusedQuestions === 0 &&
    servers.every(({ lostConnections }) => lostConnections === 0) &&
    settledSeconds !== undefined &&
    check?.failed.length === 0
  )
}

async function targetsOf(
  names: readonly string[],
  topologyFile: string | undefined,
  token: string | undefined,
): Promise<Target[]> {
  const servers =
    names.length > 0 ? [...new Set(names)] : [...(await findTopology(topologyFile)).servers.keys()]
  return Promise.all(
    servers.map(async (name) => ({ name, address: await findServer(name, topologyFile), token })),
  )
}

async function planOf(
  options: z.infer<typeof benchOptions>,
  targets: readonly Target[],
): Promise<BenchOptions> {
  const { rate, seconds, warmUp, clients, connections, seed, whatsat, late, tied, timeout, oneShot } = options
  const mode = oneShot ? 'one-shot' : 'pipelined'
  const lasting = (duration: number): LoadPhase =>
    rate === undefined
      ? { kind: 'closed', seconds: duration }
      : { kind: 'open', seconds: duration, ratePerSecond: rate }
  // Later than the reports of an earlier benchmark with the same clients, so that servers take them for newer.
  const startMicroseconds = Date.now() * 1_000
  const timeoutMs = timeout * 1_000
  return {
    targets,
    dialect: herdDialect,
    clients,
    connections,
    depth: oneShot ? 1 : (options.depth ?? DEPTH),
    seed,
    questionPercent: whatsat,
    latePercent: late,
    tiedPercent: tied,
    roams: true,
    mode,
    warmUp: warmUp > 0 ? [{ kind: 'introduction' }, lasting(warmUp)] : [{ kind: 'introduction' }],
    phase: lasting(seconds),
    timeoutMs,
    startMicroseconds,
    pids: await listenersAt(targets.map(({ address }) => address)),
    convergence: (clients) =>
      new HerdConvergence(targets, {
        clients,
        startMicroseconds,
        timeoutMs,
        settleMs: timeoutMs,
        maxChecked: oneShot ? MAX_ONE_SHOT_CHECKS : MAX_CHECKED_CLIENTS,
        mode,
      }),
  }
}
