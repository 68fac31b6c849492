import { createInterface } from 'node:readline/promises'
import * as z from 'zod/mini'
import type { Target } from '../load/load-connection.js'
import { herdDialect } from '../load/request-dialect.js'
import { MAX_CLIENTS } from '../load/simulated-clients.js'
import { Client } from '../net/client.js'
import { PersonError } from '../person-error.js'
import { STATUS_REQUEST } from '../protocol/status.js'
import type { Reply } from '../protocol/replies.js'
import { formatCount, formatList } from '../topology/format-list.js'
import { note, type Streams } from './streams.js'

/** The longest wait for each answer. A server that does not answer fails the benchmark itself. */
const TIMEOUT_MS = 3_000

const held = z.object({ clients: z.int().check(z.minimum(0)) })

/**
 * Whether the benchmark may add its clients to the herd: yes if every server that runs says that it holds no others, or if the user agrees.
 * Throws a PersonError if there is no terminal to ask on. A server of another program does not say what it holds.
 */
export async function mayAddClients(
  targets: readonly Target[],
  clients: number,
  { stdin, stderr, signal }: Streams,
): Promise<boolean> {
  const holders = await Promise.all(
    targets.map(async (target) => ({ name: target.name, others: await otherClients(target, signal) })),
  )
  if (signal.aborted) return false
  const concern = concernAbout(holders)
  if (concern === undefined) return true
  const words = `${concern}; a benchmark adds ${clients} of its own, which nothing removes`
  if (!stdin.isTTY) throw new PersonError(words, 'add them all the same with --yes')
  note(words, { stderr })
  const terminal = createInterface({ input: stdin, output: stderr })
  const reply = await terminal.question('Go on? [y/N] ', { signal }).catch(() => '')
  terminal.close()
  return /^y(es)?$/i.test(reply.trim())
}

interface Holder {
  readonly name: string
  /** Undefined if the server does not say. */
  readonly others: number | undefined
}

function concernAbout(holders: readonly Holder[]): string | undefined {
  for (const { name, others = 0 } of holders)
    if (others > 0) return `${name} holds ${formatCount(others, 'other client')}`
  const silent = holders.filter(({ others }) => others === undefined).map(({ name }) => name)
  if (silent.length === 0) return undefined
  return `${formatList(silent)} ${silent.length === 1 ? 'does' : 'do'} not say whether there are other clients`
}

/** How many clients that are not those of a benchmark a server holds; undefined if it does not say. */
async function otherClients(target: Target, signal: AbortSignal): Promise<number | undefined> {
  const reply = await ask(target, STATUS_REQUEST, signal)
  if (reply === 'unreachable') return 0
  const { data } = held.safeParse(reply?.kind === 'status' ? parsed(reply.json) : undefined)
  return data && data.clients - (await benchmarkClients(target, data.clients, signal))
}

/** How many clients of earlier benchmarks a server holds, `most` at most. They are numbered from 0, so a binary search finds the last. */
async function benchmarkClients(target: Target, most: number, signal: AbortSignal): Promise<number> {
  let [least, limit] = [0, Math.min(most, MAX_CLIENTS)]
  while (least < limit && !signal.aborted) {
    const middle = Math.ceil((least + limit) / 2)
    const reply = await ask(target, questionOf(middle - 1), signal)
    if (reply !== 'unreachable' && (reply?.kind === 'places' || reply?.kind === 'report')) least = middle
    else limit = middle - 1
  }
  return least
}

function questionOf(client: number): string {
  const bytes = Buffer.alloc(herdDialect.maxBytes)
  const end = herdDialect.writeQuestion(bytes, 0, client)
  return bytes.toString('latin1', 0, end - 1)
}

/**
 * The reply of a server to a command, on a connection of its own; undefined if there is none. What is wrong with a server that cannot be
 * reached is for the benchmark itself to report.
 */
async function ask(
  { name, address, token }: Target,
  command: string,
  signal: AbortSignal,
): Promise<Reply | 'unreachable' | undefined> {
  let reply: Reply | undefined
  let isConnected = false
  const onReplies = ([first]: readonly Reply[]): void => {
    reply ??= first
  }
  const client = new Client({ server: name, address, token, timeoutMs: TIMEOUT_MS, onReplies })
  const close = (): void => {
    client.destroy()
  }
  signal.addEventListener('abort', close, { once: true })
  try {
    await client.connected()
    isConnected = true
    await client.send(command)
    await client.answered()
  } catch {
    if (!isConnected) return 'unreachable'
  } finally {
    signal.removeEventListener('abort', close)
    client.destroy()
  }
  return reply
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}
