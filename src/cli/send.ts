import * as z from 'zod/mini'
import { Client } from '../net/client.js'
import { ConnectionClosed, type ServerAccess } from '../net/raw-client.js'
import { PersonError } from '../person-error.js'
import { toBytes } from '../protocol/bytes.js'
import { parseText } from '../protocol/command.js'
import { LineReader, textOf } from '../protocol/lines.js'
import { needsTls, type Reply } from '../protocol/replies.js'
import { clientToken, warnOfExposure } from './client-token.js'
import { Conversation } from './conversation.js'
import { EXIT, UsageError } from './exit.js'
import { findServer } from './find-server.js'
import { checkOptions, clientTls, waitSeconds } from './options.js'
import { runPrompt } from './prompt.js'
import { untilAborted, type Input, type Streams } from './streams.js'
import { startSpinner } from './spinner.js'
import { fromWireText, toWireText } from './wire-text.js'

const sendOptions = z.strictObject({
  topology: z.optional(z.string()),
  timeout: waitSeconds,
  json: z._default(z.boolean(), false),
  tls: z._default(z.boolean(), false),
  ca: z.optional(z.string()),
  tokenFile: z.optional(z.string()),
})

/** Longer than a server accepts, so that its refusal can be seen, but bounded. */
const MAX_INPUT_LINE_BYTES = 64 * 1024

/** What Node puts for bytes of an argument that are not UTF-8. */
const REPLACEMENT = '\ufffd'

/** The byte order mark of UTF-8, as wire text. Editors put it at the start of files. */
const BYTE_ORDER_MARK = '\xef\xbb\xbf'

const TLS_HINT =
  'connect with --tls, and with --ca FILE unless Node trusts the authority that signed its certificate'

/** An HTTP server answers any line with its status. */
const HTTP_STATUS = /^HTTP\/[0-9]/

/**
 * `proxyherd send Bernard "IAMAT …"`: sends commands and prints replies. Returns the exit code: 1 if a command was refused, or if a reply is
 * not that of a herd server.
 */
export async function send(
  server: string,
  commands: readonly string[],
  rawOptions: unknown,
  streams: Streams,
): Promise<number> {
  const options = checkOptions(sendOptions, rawOptions)
  const { json } = options
  const lines = linesOf(commands)
  const access = await accessTo(server, options, streams)
  const isPrompt = commands.length === 0 && streams.stdin.isTTY === true
  const spinner = isPrompt ? undefined : await startSpinner(server, streams)
  const conversation = new Conversation({ server, json, isPrompt }, streams)
  const onReplies = (replies: readonly Reply[]): void => {
    spinner?.stop()
    if (replies.some(isHttp)) client.fail(`${server} is not a herd server: it speaks HTTP`)
    else if (replies.some(needsTls)) client.fail(`${server} accepts TLS only`, TLS_HINT)
    else conversation.received(replies)
  }
  const client = new Client({ ...access, onReplies })
  const sendLine = async (line: string): Promise<void> => {
    await client.send(line)
    conversation.sent(line)
  }
  const ended = new AbortController()
  const exchange = isPrompt
    ? runPrompt(server, client, sendLine, { ...streams, signal: ended.signal })
    : sendAll(client, sendLine, commands.length > 0 ? lines : linesFrom(streams.stdin))
  try {
    await Promise.race([client.lost(), exchange, untilAborted(streams)])
  } catch (error) {
    throw error instanceof PersonError && error === client.failure ? inContext(error, server, client) : error
  } finally {
    spinner?.stop()
    client.destroy()
    ended.abort()
  }
  return streams.signal.aborted || (conversation.hasFailed && !isPrompt) ? EXIT.failed : EXIT.done
}

async function accessTo(
  server: string,
  { topology, timeout, tls, ca, tokenFile }: z.infer<typeof sendOptions>,
  streams: Streams,
): Promise<ServerAccess> {
  const security = await clientTls(tls, ca)
  const token = await clientToken(tokenFile, streams)
  const address = await findServer(server, topology)
  const access = { server, address, token, tls: security, timeoutMs: timeout * 1_000 }
  warnOfExposure([access], streams)
  return access
}

function isHttp(reply: Reply): boolean {
  return reply.kind === 'foreign' && HTTP_STATUS.test(reply.text)
}

async function sendAll(
  client: Client,
  sendLine: (line: string) => Promise<void>,
  lines: Iterable<string> | AsyncIterable<string>,
): Promise<void> {
  for await (const line of lines) await sendLine(line)
  await client.end()
}

/** The same error; once commands were answered, it says which was not, and what may help. */
function inContext(error: PersonError, server: string, { progress }: Client): PersonError {
  const { answered, sent, oldest } = progress
  const isClosed = error instanceof ConnectionClosed
  const reason = isClosed ? closedHint(server, answered, oldest) : error.hint
  if (answered === 0 || oldest === undefined) return new PersonError(error.message, reason)
  const count = `answered ${answered} of ${sent} commands`
  const first = `the first without an answer is "${fromWireText(oldest)}"`
  return new PersonError(
    isClosed ? `${server} ${count}, then closed the connection` : `${error.message}; it ${count}`,
    reason === undefined ? first : `${first}; ${reason}`,
  )
}

/** Why a server may have closed the connection, if something is known, and what to do then. */
function closedHint(server: string, answered: number, oldest: string | undefined): string | undefined {
  if (answered === 1)
    return `if it takes one command per connection, run "proxyherd send ${server}" once for each`
  if (oldest === undefined) return undefined
  const parsed = parseText(oldest)
  return parsed.kind === 'malformed' ? `the command is invalid: ${fromWireText(parsed.why)}` : undefined
}

/** Command-line arguments as lines in wire text. Throws a UsageError if one was not UTF-8. */
function linesOf(commands: readonly string[]): string[] {
  const damaged = commands.find((command) => command.includes(REPLACEMENT))
  if (damaged !== undefined)
    throw new UsageError(`"${damaged}" is not UTF-8`, 'commands on standard input may have any bytes')
  return commands.flatMap((command) => toWireText(command).replace(/\n$/, '').split('\n'))
}

async function* linesFrom(input: Input): AsyncGenerator<string> {
  let mark = BYTE_ORDER_MARK
  for await (const line of rawLinesFrom(input)) {
    yield line.startsWith(mark) ? line.slice(mark.length) : line
    mark = ''
  }
}

async function* rawLinesFrom(input: Input): AsyncGenerator<string> {
  const reader = new LineReader(MAX_INPUT_LINE_BYTES)
  input.setEncoding('latin1')
  for await (const text of input) {
    reader.push(toBytes(text as string))
    yield* linesIn(reader)
  }
  reader.finish()
  yield* linesIn(reader)
}

function* linesIn(reader: LineReader): Generator<string> {
  while (reader.next()) {
    const text = textOf(reader)
    if (reader.isOverlong)
      throw new PersonError(`a line of standard input has over ${MAX_INPUT_LINE_BYTES} bytes: "${text}"`)
    yield text
  }
}
