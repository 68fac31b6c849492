import { once } from 'node:events'
import * as z from 'zod/mini'
import { formatTime } from '../log/entry.js'
import { findTail } from '../log/find-tail.js'
import { END_OF_TIME, type LogLine, LogReader, type LogRange } from '../log/log-reader.js'
import { readLogs } from '../log/read-logs.js'
import { systemClock } from '../server/clock.js'
import { EXIT, UsageError } from './exit.js'
import { interruptible } from './interruptible.js'
import { LogFiles } from './log-files.js'
import { LogFormat } from './log-format.js'
import { checkOptions } from './options.js'
import { parseTime, type TimeContext } from './parse-time.js'
import { note, type Streams, wantsColour } from './streams.js'

const logsOptions = z.strictObject({
  state: z.string().check(z.minLength(1, 'must not be empty')),
  follow: z._default(z.boolean(), false),
  tail: z.optional(
    z.pipe(z.string().check(z.regex(/^\d{1,9}$/, 'is not a number of lines')), z.transform(Number)),
  ),
  since: z.optional(z.string()),
  until: z.optional(z.string()),
  grep: z.optional(z.string()),
  ignoreCase: z._default(z.boolean(), false),
  sync: z._default(z.boolean(), false),
  utc: z._default(z.boolean(), false),
  json: z._default(z.boolean(), false),
  color: z._default(z.enum(['always', 'never', 'auto'], 'is not always, never or auto'), 'auto'),
})

type LogsOptions = z.infer<typeof logsOptions>

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
  const options = checkOptions(logsOptions, rawOptions)
  const { state, follow, utc, color } = options
  const range = parseRange(options, { now: clock(), utc })
  const grep = toPattern(options)
  const logFiles = new LogFiles(state, servers)
  const names = follow ? await logFiles.findOrWait(streams) : await logFiles.find()
  const colour = wantsColour(streams.stdout, streams.env, color)
  const format = new LogFormat({ ...options, servers: names, grep, colour, now: formatTime(clock()) })
  const stop = new AbortController()
  streams.stdout.on('error', () => {
    stop.abort()
  })
  const signal = AbortSignal.any([streams.signal, stop.signal])
  // A pattern may take for ever. If it is interrupted, the program ends.
  const run = <T>(search: () => T, otherwise: T): T => {
    const found = grep ? interruptible(search) : search()
    if (found === undefined) stop.abort()
    return found ?? otherwise
  }
  const filter = (lines: readonly LogLine[]): readonly LogLine[] =>
    run(() => lines.filter((line) => format.isWanted(line)), [])
  const print = (lines: readonly LogLine[]): string => run(() => format.format(lines), '')
  await printLogs({ logFiles, range, clock, signal, filter, print }, options, streams)
  return EXIT.done
}

interface Printing {
  readonly logFiles: LogFiles
  readonly range: LogRange
  readonly clock: () => bigint
  readonly signal: AbortSignal
  readonly filter: (lines: readonly LogLine[]) => readonly LogLine[]
  readonly print: (lines: readonly LogLine[]) => string
}

async function printLogs(
  { logFiles, range, clock, signal, filter, print }: Printing,
  { follow, tail: count }: LogsOptions,
  streams: Streams,
): Promise<void> {
  const { stdout } = streams
  const findPaths = (): Promise<string[]> => logFiles.paths()
  const tail =
    count === undefined ? undefined : await findTail(await findPaths(), count, { ...range, filter, signal })
  let foreignLines = 0
  let skip = tail?.skip ?? 0
  const onForeign = (): number => (foreignLines += 1)
  // What is logged after the tail was found would be too much.
  const until = follow || !tail ? range.until : tail.newest
  const open = (path: string): LogReader =>
    new LogReader(path, { ...range, until }, onForeign, tail?.starts.get(path))
  const logLines = readLogs(findPaths, { until, follow, signal, clock, open })
  for await (const lines of logLines) {
    const wanted = filter(lines)
    const extra = Math.min(skip, wanted.length)
    skip -= extra
    const hasRoom = stdout.write(print(wanted.slice(extra)))
    if (!hasRoom) await once(stdout, 'drain', { signal }).catch(() => undefined)
  }
  if (foreignLines > 0) note(`lines skipped because they are not log entries: ${foreignLines}`, streams)
}

function parseRange(options: LogsOptions, context: TimeContext): LogRange {
  const { since, until } = options
  return {
    since: since === undefined ? '' : formatTime(timeOption('since', since, context)),
    until: until === undefined ? END_OF_TIME : formatTime(timeOption('until', until, context)),
  }
}

function timeOption(name: string, text: string, context: TimeContext): bigint {
  const time = parseTime(text, context)
  if (time !== undefined) return time
  throw new UsageError(
    `--${name}: "${text}" is not a time: use a duration such as 90s, 1h30m, 2d or 1w, or a time such as 2026-10-05T20:32:00Z, 2026-10-05 or 20:32`,
  )
}

function toPattern({ grep, ignoreCase }: LogsOptions): RegExp | undefined {
  if (grep === undefined) {
    if (ignoreCase) throw new UsageError('-i needs --grep')
    return undefined
  }
  try {
    return new RegExp(grep, ignoreCase ? 'gi' : 'g')
  } catch {
    throw new UsageError(`--grep: "${grep}" is not a valid regular expression`)
  }
}
