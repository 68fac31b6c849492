import * as z from 'zod/mini'
import { escapeControlsInJson } from '../log/escape-text.js'
import { Client, type ClientOptions } from '../net/client.js'
import type { PersonError } from '../person-error.js'
import { parseText } from '../protocol/command.js'
import { needsTls, type Reply } from '../protocol/replies.js'
import { instantOf } from '../protocol/time.js'
import { systemClock } from '../server/clock.js'
import { addressOf } from '../topology/topology.js'
import { clientToken, warnOfExposure } from './client-token.js'
import { compareAnswers, type Comparison, type ServerAnswer } from './compare-answers.js'
import { EXIT, UsageError } from './exit.js'
import { formatAnswers, formatAnswersJson } from './format-answers.js'
import { checkOptions, clientTls, findTopology, waitSeconds } from './options.js'
import { refusalHint } from './refusal-hint.js'
import { hint, wantsColour, type Streams } from './streams.js'
import { toWireText } from './wire-text.js'

const askOptions = z.strictObject({
  topology: z.optional(z.string()),
  timeout: waitSeconds,
  json: z._default(z.boolean(), false),
  tls: z._default(z.boolean(), false),
  ca: z.optional(z.string()),
  tokenFile: z.optional(z.string()),
})

/**
 * `proxyherd herd ask "WHATSAT kiwi 10 1" [Clark …]`: asks every server the same, and marks the answers that differ from the newest. Returns the
 * exit code: 1 if any does, if a server gave no answer, or if they refused the command.
 */
export async function herdAsk(
  command: string,
  rawNames: readonly string[],
  rawOptions: unknown,
  streams: Streams,
): Promise<number> {
  const { topology: file, timeout, json, tls, ca, tokenFile } = checkOptions(askOptions, rawOptions)
  const line = lineOf(command)
  const security = await clientTls(tls, ca)
  const token = await clientToken(tokenFile, streams)
  const topology = await findTopology(file)
  const names = rawNames.length > 0 ? [...new Set(rawNames)] : [...topology.servers.keys()]
  const access = { token, tls: security, timeoutMs: timeout * 1_000 }
  const servers = names.map((server) => ({ server, address: addressOf(topology, server), ...access }))
  warnOfExposure(servers, streams)
  const answers = await Promise.all(servers.map((server) => ask(server, line, streams)))
  if (streams.signal.aborted) return EXIT.failed
  const result = compareAnswers(answers)
  streams.stdout.write(
    json
      ? `${escapeControlsInJson(formatAnswersJson(result))}\n`
      : formatAnswers(result, wantsColour(streams.stdout, streams.env)),
  )
  const refusal = refusalIn(result)
  if (refusal !== undefined) hint(refusal, streams)
  return result.differing.length === 0 && refusal === undefined ? EXIT.done : EXIT.failed
}

/** Why the servers have refused the command, if they have. */
function refusalIn({ answers, newest }: Comparison): string | undefined {
  if (newest?.kind !== 'refused') return undefined
  const server = String(answers.find(({ reply }) => reply === newest)?.server)
  const now = instantOf(systemClock()())
  return refusalHint({ command: newest.command, server, now, hasReportOf: () => false })
}

/** The command as wire text. Throws a UsageError if it would change what servers hold, or is not one line. */
function lineOf(command: string): string {
  const line = toWireText(command).replace(/\n$/, '')
  if (line.includes('\n')) throw new UsageError('"herd ask" takes one command')
  const { kind } = parseText(line)
  if (kind === 'iamat' || kind === 'at' || kind === 'forget')
    throw new UsageError('"herd ask" only asks, as with WHATSAT', 'use "proxyherd send"')
  if (kind === 'status')
    throw new UsageError(
      '"herd ask" compares answers, and each server has a status of its own',
      'use "proxyherd herd status"',
    )
  if (kind === 'watch')
    throw new UsageError('"herd ask" compares answers, and WATCH never ends', 'use "proxyherd send"')
  return line
}

/** Asks one server. A server that fails, or the end of the program, is an answer too. */
async function ask(
  options: Omit<ClientOptions, 'onReplies'>,
  line: string,
  { signal }: Streams,
): Promise<ServerAnswer> {
  const { server } = options
  const received: Reply[] = []
  const onReplies = (replies: readonly Reply[]): void => {
    if (replies.some(needsTls)) client.fail(`${server} accepts TLS only: use --tls`)
    else received.push(...replies.filter(({ kind }) => kind !== 'blank').slice(received.length, 1))
  }
  const client = new Client({ ...options, onReplies })
  const close = (): void => {
    client.destroy()
  }
  signal.addEventListener('abort', close, { once: true })
  let fault = ''
  try {
    await client.send(line)
    await client.end()
  } catch (error) {
    fault = (error as PersonError).message
  }
  // How a connection ends once its command is answered does not matter.
  const [reply] = received
  return reply ? { server, reply } : { server, fault }
}
