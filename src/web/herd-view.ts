import type { Address } from '../net/dial.js'
import {
  StatusProbe,
  type AnyLinkStatus,
  type AnyServerStatus,
  type StatusProbeOptions,
} from '../net/status-probe.js'
import { syncGroups } from '../net/sync-groups.js'

/** How long an answer is given again without asking the servers. */
export const VIEW_AGE_MS = 1_000

/** How long a server may take to answer. */
const PROBE_TIMEOUT_MS = 2_000

export interface HerdViewParts {
  /** The servers of the topology, and where each is; undefined if that is not known. */
  readonly addresses: () => ReadonlyMap<string, Address | undefined>
  /** How to connect to them. */
  readonly access: Pick<StatusProbeOptions, 'keys' | 'tls'>
  readonly timeoutMs?: number
}

/** A link as one of its ends sees it. */
interface LinkView {
  readonly neighbour: string
  readonly state: string
  readonly pending?: number
  readonly roundTripMs?: number | undefined
  readonly clockOffsetMs?: number | undefined
}

/** A server, as it answers. */
export interface ServerView {
  readonly server: string
  readonly up: boolean
  /** Why it is not. */
  readonly why?: string
  readonly roundTripMs?: number
  readonly version?: string
  readonly clients?: number
  readonly digest?: string
  readonly links?: readonly LinkView[]
}

/** A server as it is shown, and its status if it has answered. */
interface AskedServer {
  readonly view: ServerView
  readonly status?: AnyServerStatus
}

/** The state of a herd. */
export interface HerdState {
  readonly inSync: boolean
  readonly askedSecondsAgo: number
  readonly servers: readonly ServerView[]
}

/**
 * Asks all servers of the topology for their status, as `herd status` does. However many requests come, the servers are asked once per second, and
 * not again before they have answered.
 */
export class HerdView {
  readonly #parts: HerdViewParts
  #asked: Promise<readonly AskedServer[]> | undefined
  #askedAt = 0

  constructor(parts: HerdViewParts) {
    this.#parts = parts
  }

  async read(): Promise<HerdState> {
    if (!this.#asked) {
      this.#askedAt = performance.now()
      this.#asked = this.#ask()
      void this.#asked.then(() => {
        setTimeout(() => (this.#asked = undefined), VIEW_AGE_MS).unref()
      })
    }
    const askedAt = this.#askedAt
    const asked = await this.#asked
    const servers = asked.map(({ view }) => view)
    const statuses = asked.flatMap(({ status }) => (status ? [status] : []))
    const inSync = servers.every(({ up }) => up) && syncGroups(statuses).length === 1
    return { inSync, askedSecondsAgo: Math.round(performance.now() - askedAt) / 1_000, servers }
  }

  #ask(): Promise<readonly AskedServer[]> {
    return Promise.all(
      Array.from(this.#parts.addresses(), ([server, address]) => this.#askOne(server, address)),
    )
  }

  async #askOne(server: string, address: Address | undefined): Promise<AskedServer> {
    if (!address) return down(server, `${server} has no fixed port, and does not run here`)
    const { access, timeoutMs = PROBE_TIMEOUT_MS } = this.#parts
    const probe = new StatusProbe({ ...access, server, address, timeoutMs })
    const startedAt = performance.now()
    const answer = await probe.ask()
    const roundTripMs = Math.round(1_000 * (performance.now() - startedAt)) / 1_000
    probe.close()
    if (answer.kind === 'failed') return down(server, answer.why)
    const { status } = answer
    const { version, clients, digest, links } = status
    const view = { server, up: true, roundTripMs, version, clients, digest, links: links.map(linkView) }
    return { view, status }
  }
}

function down(server: string, why: string): AskedServer {
  return { view: { server, up: false, why } }
}

function linkView(link: AnyLinkStatus): LinkView {
  const { neighbour } = link
  switch (link.state) {
    case 'up': {
      const { pending, roundTripMs, clockOffsetMs } = link
      return { neighbour, state: 'up', pending, roundTripMs, clockOffsetMs }
    }
    case 'down':
      return { neighbour, state: 'down' }
    case 'other':
      return { neighbour, state: link.stateWord }
  }
}
