import { setTimeout } from 'node:timers/promises'
import * as z from 'zod/mini'
import { PersonError } from '../person-error.js'
import {
  formatStatusRequest,
  MAX_SAMPLE,
  type LinkStatus,
  type MemoryStatus,
  type ServerStatus,
  type StoreStatus,
} from '../protocol/status.js'
import { needsTls, type Reply } from '../protocol/replies.js'
import { Client, type ClientOptions } from './client.js'
import { formatAddress } from './connection.js'

/** A link in the status of a server of any version. Later versions may have other states and kinds, or omit figures. */
export type AnyLinkStatus =
  | Extract<LinkStatus, { state: 'down' }>
  | (Omit<Extract<LinkStatus, { state: 'up' }>, 'kind' | 'upSeconds'> & {
      readonly kind: string
      /** Version 0.1.0 does not send it. */
      readonly upSeconds?: number | undefined
    })
  | { readonly neighbour: string; readonly state: 'other'; readonly stateWord: string }

/** The status of a server of any version. */
export type AnyServerStatus = Omit<ServerStatus, 'links' | 'store' | 'memory'> & {
  readonly links: readonly AnyLinkStatus[]
  /** Version 0.1.0 does not say how its reports are kept. */
  readonly store?: AnyStoreStatus | undefined
  /** Nor how much memory they take. */
  readonly memory?: MemoryStatus | undefined
}

/** How the reports of a server of any version are kept. */
export type AnyStoreStatus = Omit<StoreStatus, 'durability' | 'fault'> & {
  readonly durability: string
  readonly fault?: string | undefined
}

/** The result of a probe. `why` is text for people and names the server. */
export type StatusAnswer =
  | { readonly kind: 'status'; readonly status: AnyServerStatus }
  | {
      readonly kind: 'failed'
      readonly why: string
      /** The server has answered, but not with its status: it may be another program. */
      readonly isOther?: true
    }

export type StatusProbeOptions = Omit<ClientOptions, 'onReplies'>

/** Asks one server for its status, repeatedly. Keeps its connection, and opens a new one when it is lost. */
export class StatusProbe {
  readonly #options: StatusProbeOptions
  #client: Client | undefined
  #reply: Reply | undefined
  #isClosed = false

  constructor(options: StatusProbeOptions) {
    this.#options = options
  }

  /**
   * Asks once, also for the newest reports of `sample` clients. Never rejects: a failure is a result too. Must not be called again before it
   * has resolved.
   */
  async ask({ sample = 0, timeoutMs = this.#options.timeoutMs } = {}): Promise<StatusAnswer> {
    const { address, server } = this.#options
    if (this.#isClosed) return failed(`the status probe of ${server} is closed`)
    if (address.port === 0)
      return failed(`${server} has no fixed port, so only the servers in its process know its address`)
    try {
      return readAnswer(await this.#askOnce(sample, timeoutMs), this.#options, sample)
    } catch (error) {
      this.#drop()
      return failed((error as PersonError).message)
    }
  }

  /** Closes the connection for good. The current and all later calls of `ask` fail. */
  close(): void {
    this.#isClosed = true
    this.#drop()
  }

  async #askOnce(sample: number, timeoutMs: number): Promise<Reply> {
    const { server } = this.#options
    const client = (this.#client ??= this.#connect())
    const timeout = new AbortController()
    const timedOut = setTimeout(timeoutMs, undefined, { signal: timeout.signal }).then(() => {
      throw new PersonError(`${server} gave no answer within ${timeoutMs / 1_000} s`)
    })
    try {
      await Promise.race([client.send(formatStatusRequest(sample)).then(() => client.answered()), timedOut])
      return this.#reply as Reply
    } finally {
      timeout.abort()
    }
  }

  #connect(): Client {
    const onReplies = (replies: readonly Reply[]): void => {
      for (const reply of replies) if (reply.kind !== 'blank') this.#reply = reply
    }
    const client = new Client({ ...this.#options, onReplies })
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

/** Text that is safe to print and has no spaces. */
const word = z.string().check(z.regex(/^[!-~]{1,64}$/))
const count = z.int().check(z.minimum(0))
/** Negative in a status of 0.1.0 after a clock was set back. */
const seconds = z.number().check(z.minimum(-1e12), z.maximum(1e12))
const milliseconds = z.number().check(z.minimum(-1e15), z.maximum(1e15))

/** More than a path of the longest kind and a reason. */
const MAX_FAULT_CHARACTERS = 8_192

/** A dialect that the topology gives as a line is named by that line, and may be long. */
const MAX_DIALECT_CHARACTERS = 1_024

/** A word that a later version may have added. It is shown as it is. */
const laterWord = z.catch(word, 'unknown')

/** What is wrong with an engine. The end of a text that is too long is not needed. */
const engineFault = z.optional(
  z.pipe(
    z.string(),
    z.transform((text) => text.slice(0, MAX_FAULT_CHARACTERS)),
  ),
)

const link = z.union([
  z.object({ neighbour: word, state: z.literal('down'), fault: engineFault }),
  z.object({
    neighbour: word,
    state: z.literal('up'),
    kind: laterWord,
    upSince: z.iso.datetime(),
    upSeconds: z.optional(seconds),
    lastHeardSecondsAgo: seconds,
    pending: count,
    sentBytes: count,
    receivedBytes: count,
    lastComparison: z.catch(z.nullable(z.object({ secondsAgo: seconds, equal: z.boolean() })), null),
    dialect: z.catch(z.optional(z.string().check(z.maxLength(MAX_DIALECT_CHARACTERS))), undefined),
    roundTripMs: z.optional(milliseconds),
    clockOffsetMs: z.optional(milliseconds),
    unreadLines: z.optional(count),
    expiry: z.catch(z.optional(z.object({ cutoff: count, step: count, differs: z.boolean() })), undefined),
    fault: engineFault,
  }),
  z.pipe(
    z.object({ neighbour: word, state: laterWord }),
    z.transform(({ neighbour, state }) => ({ neighbour, state: 'other' as const, stateWord: state })),
  ),
])

const store = z.object({
  durability: laterWord,
  unsaved: count,
  fault: z.optional(z.string().check(z.maxLength(MAX_FAULT_CHARACTERS))),
  lost: count,
})

const expiry = z.optional(
  z.object({ expireSeconds: seconds, cutoff: count, step: count, dropped: count, refused: count }),
)

/** Fields that a later version may have added are ignored. */
const schema = z.object({
  server: word,
  version: word,
  startedAt: z.iso.datetime(),
  uptimeSeconds: seconds,
  clients: count,
  digest: z.string().check(z.regex(/^[0-9a-f]{16}$/)),
  links: z.array(link),
  store: z.optional(store),
  memory: z.optional(
    z.object({ bytes: count, maxBytes: count, refused: count, tombstones: z._default(count, 0) }),
  ),
  plainRefused: z.optional(count),
  expiry,
  sample: z.optional(z.array(z.string()).check(z.maxLength(MAX_SAMPLE))),
})

function readAnswer(reply: Reply, { server, address }: StatusProbeOptions, sample: number): StatusAnswer {
  if (needsTls(reply))
    return failed(`${server} accepts TLS only: use --herd-key, or --tls if it has no herd key`)
  if (reply.kind === 'refused' && sample > 0)
    return failed(
      `${server} names no clients to compare: it is an older version, which answers "? ${reply.command}"`,
    )
  if (reply.kind === 'refused')
    return {
      ...failed(
        `${server} does not report its status: it is not proxyherd, or an older version, or it reports only to clients that have its herd key or run on the host of a neighbour`,
      ),
      isOther: true,
    }
  if (reply.kind !== 'status')
    return { ...failed(`${server} sent something other than its status`), isOther: true }
  const value = parseJson(reply.json)
  const { success, data: status, error } = schema.safeParse(value)
  if (!success) return failed(unreadable(server, value, error))
  if (status.server === server) return { kind: 'status', status }
  return failed(`${status.server}, not ${server}, answers at ${formatAddress(address.host, address.port)}`)
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json)
  } catch {
    return undefined
  }
}

/** Names the fields that cannot be read, and the version of the server if it is known. */
function unreadable(server: string, value: unknown, { issues }: z.core.$ZodError): string {
  const version = z.object({ version: word }).safeParse(value).data?.version
  const sender = version === undefined ? server : `${server} (version ${version})`
  const fields = [...new Set(issues.map(({ path }) => path.slice(0, 1).join('')))]
  // An issue without a path concerns the whole value.
  const what = fields.includes('')
    ? 'it is not a JSON object'
    : `${fields.map((field) => `"${field}"`).join(', ')} missing or invalid`
  return `${sender} sent a status that this version cannot read: ${what}`
}

function failed(why: string): Extract<StatusAnswer, { kind: 'failed' }> {
  return { kind: 'failed', why }
}
