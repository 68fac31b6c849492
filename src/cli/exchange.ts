import { Client } from '../net/client.js'
import { ConnectionClosed, type ServerAccess } from '../net/raw-client.js'
import { PersonError } from '../person-error.js'
import { parseText } from '../protocol/command.js'
import { needsTls, type Reply } from '../protocol/replies.js'
import { Conversation } from './conversation.js'
import { EXIT } from './exit.js'
import { runPrompt } from './prompt.js'
import { untilAborted, type Streams } from './streams.js'
import { startSpinner } from './spinner.js'
import { fromWireText } from './wire-text.js'

/** Commands as wire text. */
type Lines = Iterable<string> | AsyncIterable<string>

const TLS_HINT =
  'connect with --tls, and with --ca FILE unless Node trusts the authority that signed its certificate'

/** An HTTP server answers any line with its status. */
const HTTP_STATUS = /^HTTP\/[0-9]/

/**
 * Sends commands to a server and prints its replies; without `lines`, at a prompt. Returns the exit code: 1 if a command was refused, or if a
 * reply is not that of a herd server. Throws a PersonError if the server fails.
 */
export async function exchange(
  access: ServerAccess,
  lines: Lines | undefined,
  { json }: { readonly json: boolean },
  streams: Streams,
): Promise<number> {
  const { server } = access
  const isPrompt = lines === undefined
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
  const running = lines
    ? sendAll(client, sendLine, lines)
    : runPrompt(server, client, sendLine, { ...streams, signal: ended.signal })
  try {
    await Promise.race([client.lost(), running, untilAborted(streams)])
  } catch (error) {
    throw error instanceof PersonError && error === client.failure ? inContext(error, server, client) : error
  } finally {
    spinner?.stop()
    client.destroy()
    ended.abort()
  }
  return streams.signal.aborted || (conversation.hasFailed && !isPrompt) ? EXIT.failed : EXIT.done
}

function isHttp(reply: Reply): boolean {
  return reply.kind === 'foreign' && HTTP_STATUS.test(reply.text)
}

async function sendAll(
  client: Client,
  sendLine: (line: string) => Promise<void>,
  lines: Lines,
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
