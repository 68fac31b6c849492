import { once } from 'node:events'
import { readdir } from 'node:fs/promises'
import { basename } from 'node:path'
import { Chalk } from 'chalk'
import { z } from 'zod'
import { formatTime } from '../log/entry.js'
import { escapeControls, escapeControlsInJson } from '../log/escape-text.js'
import { readLogs } from '../log/read-logs.js'
import { END_OF_TIME, type LogLine } from '../log/log-reader.js'
import { describeEntry } from '../log/describe-entry.js'
import { PersonError } from '../person-error.js'
import { NANOSECONDS_PER_SECOND } from '../protocol/time.js'
import { systemClock } from '../server/clock.js'
import { EXIT } from './exit.js'
import { checkOptions } from './options.js'
import { logFolder, logPath } from './state-paths.js'
import { note, type Streams, wantsColour } from './streams.js'

const AGO = /^([0-9]{1,4})([smhd])$/
const UNIT_SECONDS = { s: 1n, m: 60n, h: 3_600n, d: 86_400n }

const logsOptions = z.strictObject({
  state: z.string().min(1, 'must not be empty'),
  follow: z.boolean().default(false),
  since: z
    .union(
      [z.string().regex(AGO), z.iso.datetime({ offset: true }), z.iso.date()],
      'is not a time: use 30s, 10m, 2h or 1d, or an ISO 8601 time such as 2026-10-05T20:32:00Z',
    )
    .optional(),
  grep: z.string().transform(toPattern).optional(),
  json: z.boolean().default(false),
})

/**
 * `proxyherd logs Clark -f`: prints the logs of these servers, or of all that have one, merged by time. Returns the exit code. It
 * ends quietly when it is asked to, or when the reader of its output is gone (`| head`).
 */
export async function logs(
  servers: readonly string[],
  rawOptions: unknown,
  streams: Streams,
  clock = systemClock(),
): Promise<number> {
  const { state, follow, since, grep, json } = checkOptions(logsOptions, rawOptions)
  const names = await findLogs(servers, state)
  const { stdout } = streams
  const lost = new AbortController()
  stdout.on('error', () => {
    lost.abort()
  })
  const signal = AbortSignal.any([streams.signal, lost.signal])
  let foreignLines = 0
  const logLines = readLogs(() => Promise.resolve(names.map((name) => logPath(state, name))), {
    since: parseSince(since, clock()),
    until: END_OF_TIME,
    follow,
    signal,
    clock,
    onForeign: () => (foreignLines += 1),
  })
  const format = json ? formatJson : formatter(names, grep, streams)
  for await (const lines of logLines) {
    const wanted = grep ? lines.filter(({ entry }) => describeEntry(entry).search(grep) !== -1) : lines
    const hasRoom = stdout.write(wanted.map(format).join(''))
    if (!hasRoom) await once(stdout, 'drain', { signal }).catch(() => undefined)
  }
  if (foreignLines > 0) note(`lines skipped because they are not log entries: ${foreignLines}`, streams)
  return EXIT.done
}

async function findLogs(servers: readonly string[], state: string): Promise<string[]> {
  const folder = logFolder(state)
  const files = await readdir(folder).catch(() => [])
  const names = files.filter((file) => file.endsWith('.log')).map((file) => basename(file, '.log'))
  if (names.length === 0)
    throw new PersonError(
      `no logs found in ${folder}`,
      'start a herd with "proxyherd herd up", or name its state folder with --state',
    )
  names.sort()
  const missing = servers.find((server) => !names.includes(server))
  if (missing !== undefined)
    throw new PersonError(
      `no log of "${missing}" found in ${folder}`,
      `there are logs of ${names.join(', ')}`,
    )
  return servers.length === 0 ? names : names.filter((name) => servers.includes(name))
}

function parseSince(since: string | undefined, now: bigint): string {
  if (since === undefined) return formatTime(0n)
  const ago = AGO.exec(since)
  if (!ago) return formatTime(BigInt(Date.parse(since)) * 1_000_000n)
  const [, count = '', unit] = ago
  return formatTime(
    now - BigInt(count) * UNIT_SECONDS[unit as keyof typeof UNIT_SECONDS] * BigInt(NANOSECONDS_PER_SECOND),
  )
}

function toPattern(pattern: string, context: z.RefinementCtx): RegExp {
  try {
    return new RegExp(pattern, 'g')
  } catch {
    context.addIssue({ code: 'custom', message: 'is not a valid regular expression' })
    return z.NEVER
  }
}

function formatJson({ text }: LogLine): string {
  return `${escapeControlsInJson(text)}\n`
}

function formatter(
  names: readonly string[],
  grep: RegExp | undefined,
  { stdout, env }: Streams,
): (line: LogLine) => string {
  const chalk = new Chalk({ level: wantsColour(stdout, env) ? 1 : 0 })
  const colours = [chalk.cyan, chalk.yellow, chalk.magenta, chalk.green, chalk.blue]
  const width = Math.max(...names.map((name) => name.length))
  return ({ time, server, entry }) => {
    const clockTime = chalk.dim(time.slice('2026-10-05T'.length, -'Z'.length))
    // A log file that was renamed may hold the entries of another server.
    const colour = colours[names.indexOf(server) % colours.length] ?? chalk.white
    const shown = describeEntry(entry)
    const words = grep ? shown.replace(grep, (match) => chalk.inverse(match)) : shown
    return `${clockTime} ${colour(escapeControls(server).padEnd(width))} ${words}\n`
  }
}
