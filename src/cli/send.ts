import { z } from 'zod'
import { escapeControlsInJson } from '../log/escape-text.js'
import { Client } from '../net/client.js'
import { PersonError } from '../person-error.js'
import { toBytes } from '../protocol/bytes.js'
import { LineReader, textOf } from '../protocol/lines.js'
import type { Reply } from '../protocol/replies.js'
import { instantOf } from '../protocol/time.js'
import { systemClock } from '../server/clock.js'
import { EXIT } from './exit.js'
import { findServer } from './find-server.js'
import { checkOptions, clientTls, waitSeconds } from './options.js'
import { runPrompt } from './prompt.js'
import { refusalHint, formatReplyJson, formatReplyForTerminal } from './format-reply.js'
import { hint, untilAborted, type Input, type Output, type Streams } from './streams.js'
import { startSpinner } from './spinner.js'
import { toWireText } from './wire-text.js'

const sendOptions = z.strictObject({
  topology: z.string().optional(),
  timeout: waitSeconds,
  json: z.boolean().default(false),
  tls: z.boolean().default(false),
  ca: z.string().optional(),
})

/** Longer than a server accepts, so that its refusal can be seen, but bounded. */
const MAX_INPUT_LINE_BYTES = 64 * 1024

/** `proxyherd send Bernard "IAMAT …"`: sends commands and prints replies. Returns the exit code: 1 if one was refused. */
export async function send(
  server: string,
  commands: readonly string[],
  rawOptions: unknown,
  streams: Streams,
): Promise<number> {
  const { topology, timeout, json, tls, ca } = checkOptions(sendOptions, rawOptions)
  const security = await clientTls(tls, ca)
  const address = await findServer(server, topology)
  const isPrompt = commands.length === 0 && streams.stdin.isTTY === true
  const spinner = isPrompt ? undefined : await startSpinner(server, streams)
  const clock = systemClock()
  let refusals = 0
  const onReply = (reply: Reply): void => {
    spinner?.stop()
    streams.stdout.write(formatReply(reply, json, streams.stdout))
    if (reply.kind !== 'refused') return
    refusals += 1
    // A file of commands needs no more than one hint.
    if (isPrompt || refusals === 1) hint(refusalHint(reply.command, server, instantOf(clock())), streams)
  }
  const client = new Client({ server, address, timeoutMs: timeout * 1_000, tls: security, onReply })
  const conversation = isPrompt
    ? runPrompt(server, client, streams)
    : sendAll(client, commands.length > 0 ? linesOf(commands) : linesFrom(streams.stdin))
  try {
    await Promise.race([client.lost(), conversation, untilAborted(streams)])
  } finally {
    spinner?.stop()
    client.destroy()
  }
  return streams.signal.aborted || (refusals > 0 && !isPrompt) ? EXIT.failed : EXIT.done
}

/** A reply byte for byte; escaped if it goes to a terminal. */
function formatReply(reply: Reply, json: boolean, { isTTY }: Output): string | Buffer {
  if (json) return `${isTTY ? escapeControlsInJson(formatReplyJson(reply)) : formatReplyJson(reply)}\n`
  return isTTY ? formatReplyForTerminal(reply.text) : Buffer.from(reply.text, 'latin1')
}

async function sendAll(client: Client, lines: Iterable<string> | AsyncIterable<string>): Promise<void> {
  for await (const line of lines) await client.send(line)
  await client.end()
}

/** Command-line arguments as lines in wire text. */
function linesOf(commands: readonly string[]): string[] {
  return commands.flatMap((command) => toWireText(command).replace(/\n$/, '').split('\n'))
}

async function* linesFrom(input: Input): AsyncGenerator<string> {
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
