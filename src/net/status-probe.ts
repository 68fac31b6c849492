import { setTimeout } from 'node:timers/promises'
import { z } from 'zod'
import { PersonError } from '../person-error.js'
import { STATUS_REQUEST, type LinkStatus, type ServerStatus } from '../protocol/status.js'
import type { Reply } from '../protocol/replies.js'
import { Client, type ClientOptions } from './client.js'
import { formatAddress } from './connection.js'

/** A link in the status of a server of any version: a later one may have states and kinds that are not known here, or leave out figures. */
export type AnyLinkStatus =
  | Extract<LinkStatus, { state: 'down' }>
  | (Omit<Extract<LinkStatus, { state: 'up' }>, 'kind'> & { readonly kind: string })
  | { readonly neighbour: string; readonly state: 'other'; readonly stateWord: string }

/** The status of a server of any version. */
export type AnyServerStatus = Omit<ServerStatus, 'links'> & { readonly links: readonly AnyLinkStatus[] }

/** What came of asking a server how it stands; `why` is in words for a person, and names the server. */
export type StatusAnswer =
  | { readonly kind: 'status'; readonly status: AnyServerStatus }
  | { readonly kind: 'failed'; readonly why: string }

export type StatusProbeOptions = Omit<ClientOptions, 'onReply'>

/** Asks one server how it stands, as often as wanted, over one connection; when that is lost, over another. */
export class StatusProbe {
  readonly #options: StatusProbeOptions
  #client: Client | undefined
  #reply: Reply | undefined
  #isClosed = false

  constructor(options: StatusProbeOptions) {
    this.#options = options
  }

  /** Asks once. Never rejects: that a server fails us is an answer too. Not to be called again before it has resolved. */
  async ask(): Promise<StatusAnswer> {
    const { address, server } = this.#options
    if (this.#isClosed) return failed(`${server} is not asked any more`)
    if (address.port === 0)
      return failed(`${server} has no port of its own, so only the servers that run with it know where it is`)
    try {
      return readAnswer(await this.#askOnce(), this.#options)
    } catch (error) {
      this.#drop()
      return failed((error as PersonError).message)
    }
  }

  /** Closes the connection at once, for good: what is being asked fails, and so will what is asked later. */
  close(): void {
    this.#isClosed = true
    this.#drop()
  }

  async #askOnce(): Promise<Reply> {
    const { server, timeoutMs } = this.#options
    const client = (this.#client ??= this.#connect())
    const patience = new AbortController()
    // The client itself waits for as long as something comes, but one line must not take for ever.
    const tooLate = setTimeout(timeoutMs, undefined, { signal: patience.signal }).then(() => {
      throw new PersonError(`${server} gave no answer within ${timeoutMs / 1_000} s`)
    })
    try {
      await Promise.race([client.send(STATUS_REQUEST).then(() => client.answered()), tooLate])
      return this.#reply as Reply
    } finally {
      patience.abort()
    }
  }

  #connect(): Client {
    const client = new Client({ ...this.#options, onReply: (reply) => (this.#reply = reply) })
    client.lost().catch(() => {
      if (this.#client === client) this.#client = undefined
    })
    return client
  }

  #drop(): void {
    this.#client?.destroy()
    this.#client = undefined
  }
}

/** Text that can neither steer a terminal nor be taken for anything else. */
const word = z.string().regex(/^[!-~]{1,64}$/)
const count = z.int().min(0)
/** Less than nothing when a clock was set back. */
const seconds = z.number().min(-1e12).max(1e12)

/** A word that may be of a later version, to be shown as it is. */
const laterWord = word.catch('unknown')

const link = z.union([
  z.object({ neighbour: word, state: z.literal('down') }),
  z.object({
    neighbour: word,
    state: z.literal('up'),
    kind: laterWord,
    upSince: z.iso.datetime(),
    lastHeardSecondsAgo: seconds,
    pending: count,
    sentBytes: count,
    receivedBytes: count,
    inSync: z.boolean().nullable().catch(null),
  }),
  z
    .object({ neighbour: word, state: laterWord })
    .transform(({ neighbour, state }) => ({ neighbour, state: 'other' as const, stateWord: state })),
])

/** A server of a later version may send more, which is ignored. */
const schema = z.object({
  server: word,
  version: word,
  startedAt: z.iso.datetime(),
  uptimeSeconds: seconds,
  clients: count,
  digest: z.string().regex(/^[0-9a-f]{16}$/),
  links: z.array(link),
})

function readAnswer(reply: Reply, { server, address }: StatusProbeOptions): StatusAnswer {
  if (reply.kind === 'refused')
    return failed(
      `${server} does not tell how it stands: it is no proxyherd, or an older one, or tells only who has its herd key or is on a host of its neighbours`,
    )
  if (reply.kind !== 'status') return failed(`${server} sends something else than its status`)
  const value = parseJson(reply.json)
  const { success, data: status, error } = schema.safeParse(value)
  if (!success) return failed(unreadable(server, value, error))
  if (status.server === server) return { kind: 'status', status }
  return failed(`at ${formatAddress(address.host, address.port)} it is ${status.server} that answers`)
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

/** Names what cannot be read, and the version of the server if that can be read. */
function unreadable(server: string, value: unknown, { issues }: z.ZodError): string {
  const version = z.object({ version: word }).safeParse(value).data?.version
  const sender = version === undefined ? server : `${server}, of version ${version},`
  const fields = [...new Set(issues.map(({ path }) => path.slice(0, 1).join('')))]
  // Without a path, the fault is in the whole.
  const what = fields.includes('')
    ? 'it is not a JSON object'
    : `${fields.map((field) => `"${field}"`).join(', ')} missing or in an unknown form`
  return `${sender} sends a status that this version cannot read: ${what}`
}

function failed(why: string): StatusAnswer {
  return { kind: 'failed', why }
}
