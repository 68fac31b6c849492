import { z } from 'zod'
import { escapeControlsInJson } from '../log/escape-text.js'
import { Client } from '../net/client.js'
import { PersonError } from '../person-error.js'
import { toBytes } from '../protocol/bytes.js'
import { LineReader, textOf } from '../protocol/lines.js'
import type { Reply } from '../protocol/replies.js'
import { EXIT } from './exit.js'
import { findServer } from './find-server.js'
import { checkOptions, clientTls, wait } from './options.js'
import { converse } from './prompt.js'
import { refusalHint, replyJson, shownReply } from './reply.js'
import { hint, untilAsked, type Input, type Output, type Streams } from './streams.js'
import { startWaiting } from './waiting.js'
import { toWire } from './wire-text.js'

const sendOptions = z.strictObject({
  topology: z.string().optional(),
  timeout: wait,
  json: z.boolean().default(false),
  tls: z.boolean().default(false),
  ca: z.string().optional(),
})

/** A line of standard input may be longer than a server takes, to see what it says; but not without end. */
const MAX_INPUT_LINE_BYTES = 64 * 1024

/** `proxyherd send Bernard "IAMAT …"`: sends commands, prints replies. Gives the exit code: 1 when one was refused. */
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
  const waiting = isPrompt ? undefined : await startWaiting(server, streams)
  let refusals = 0
  const onReply = (reply: Reply): void => {
    waiting?.stop()
    streams.stdout.write(formatReply(reply, json, streams.stdout))
    if (reply.kind !== 'refused') return
    refusals += 1
    // Of a file of commands, one is enough to go by.
    if (isPrompt || refusals === 1) hint(refusalHint(reply.command, server), streams)
  }
  const client = new Client({ server, address, timeoutMs: timeout * 1_000, tls: security, onReply })
  const talk = isPrompt
    ? converse(server, client, streams)
    : sendAll(client, commands.length > 0 ? linesOf(commands) : linesFrom(streams.stdin))
  try {
    await Promise.race([client.lost(), talk, untilAsked(streams)])
  } finally {
    waiting?.stop()
    client.destroy()
  }
  return streams.signal.aborted || (refusals > 0 && !isPrompt) ? EXIT.failed : EXIT.done
}

/** A reply as it came; on a terminal, so that it cannot control that. */
function formatReply(reply: Reply, json: boolean, { isTTY }: Output): string | Buffer {
  if (json) return `${isTTY ? escapeControlsInJson(replyJson(reply)) : replyJson(reply)}\n`
  return isTTY ? shownReply(reply.text) : Buffer.from(reply.text, 'latin1')
}

async function sendAll(client: Client, lines: Iterable<string> | AsyncIterable<string>): Promise<void> {
  for await (const line of lines) await client.send(line)
  await client.end()
}

/** Lines as they go out: arguments are text, the wire is bytes. */
function linesOf(commands: readonly string[]): string[] {
  return commands.flatMap((command) => toWire(command).replace(/\n$/, '').split('\n'))
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
