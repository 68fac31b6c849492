import * as z from 'zod/mini'
import { PersonError } from '../person-error.js'
import { toBytes } from '../protocol/bytes.js'
import { LineReader, textOf } from '../protocol/lines.js'
import { accessFlags, readAccess } from './client-access.js'
import { exchange } from './exchange.js'
import { checkOptions } from './options.js'
import type { Input, Streams } from './streams.js'
import { argumentToWire } from './wire-text.js'

const sendOptions = z.strictObject({ ...accessFlags, json: z._default(z.boolean(), false) })

/** Longer than a server accepts, so that its refusal can be seen, but bounded. */
const MAX_INPUT_LINE_BYTES = 64 * 1024

/** The byte order mark of UTF-8, as wire text. Editors put it at the start of files. */
const BYTE_ORDER_MARK = '\xef\xbb\xbf'

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
  const lines = linesOf(commands)
  const accessOf = await readAccess(options, streams)
  const access = await accessOf(server)
  if (commands.length > 0) return exchange(access, lines, options, streams)
  const isPrompt = streams.stdin.isTTY === true
  return exchange(access, isPrompt ? undefined : linesFrom(streams.stdin), options, streams)
}

/** Command-line arguments as lines in wire text. */
function linesOf(commands: readonly string[]): string[] {
  const hint = 'commands on standard input may have any bytes'
  return commands.flatMap((command) => argumentToWire(command, hint).replace(/\n$/, '').split('\n'))
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
