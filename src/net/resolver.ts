import type { LookupAddress } from 'node:dns'
import { lookup } from 'node:dns/promises'
import type { LookupFunction } from 'node:net'
import { setTimeout } from 'node:timers/promises'

/** Resolves to all addresses of a name, or rejects. */
type LookUp = (name: string) => Promise<readonly LookupAddress[]>

/** At least one address. */
type Addresses = readonly [LookupAddress, ...LookupAddress[]]

/** How many names are remembered. A process looks up the hosts of one topology, which has fewer. */
export const MAX_REMEMBERED_NAMES = 1_024

/**
 * How long a dial waits for a look-up before it uses the addresses of an earlier one. The system waits for a DNS server for 5 s or more, which
 * is longer than the timeout of the dial.
 */
const LOOK_UP_TIMEOUT_MS = 1_000

/** Looks up names and remembers the last addresses of each. There is one look-up of a name at a time. */
export class Resolver {
  readonly #lookUp: LookUp
  readonly #timeoutMs: number
  readonly #pending = new Map<string, Promise<Addresses>>()
  readonly #remembered = new Map<string, Addresses>()

  constructor(lookUp: LookUp, timeoutMs: number = LOOK_UP_TIMEOUT_MS) {
    this.#lookUp = lookUp
    this.#timeoutMs = timeoutMs
  }

  /** Looks up a name, or joins a look-up of it that is in progress. Rejects if it fails. */
  resolve(name: string): Promise<Addresses> {
    const pending = this.#pending.get(name)
    if (pending) return pending
    const started = this.#lookUpOnce(name).finally(() => this.#pending.delete(name))
    this.#pending.set(name, started)
    return started
  }

  /**
   * The `lookup` option of `net.connect`. Looks up a name, and falls back to its last addresses if that fails or takes too long. Returns addresses
   * of both families.
   */
  readonly lookup: LookupFunction = (name, { all }, done) => {
    this.#resolveOrRecall(name).then(
      (addresses) => {
        if (all) done(null, [...addresses])
        else done(null, addresses[0].address, addresses[0].family)
      },
      (error: unknown) => {
        done(error as NodeJS.ErrnoException, '')
      },
    )
  }

  async #resolveOrRecall(name: string): Promise<Addresses> {
    const resolved = this.resolve(name)
    const last = this.#remembered.get(name)
    if (!last) return resolved
    const timeout = new AbortController()
    const timedOut = setTimeout(this.#timeoutMs, last, { signal: timeout.signal })
    return Promise.race([resolved.catch(() => last), timedOut]).finally(() => {
      timeout.abort()
    })
  }

  async #lookUpOnce(name: string): Promise<Addresses> {
    const [first, ...others] = await this.#lookUp(name)
    if (!first) throw Object.assign(new Error(`${name} has no address`), { code: 'ENOTFOUND' })
    const addresses: Addresses = [first, ...others]
    if (this.#remembered.has(name) || this.#remembered.size < MAX_REMEMBERED_NAMES)
      this.#remembered.set(name, addresses)
    return addresses
  }
}

/** Looks up names with the system's resolver. Shared by all servers of a process. */
export const systemResolver = new Resolver((name) => lookup(name, { all: true }))
