import type { LookupAddress } from 'node:dns'
import { lookup } from 'node:dns/promises'
import type { LookupFunction } from 'node:net'
import { setTimeout } from 'node:timers/promises'

/** Gives all addresses of a name, or rejects. */
export type LookUp = (name: string) => Promise<readonly LookupAddress[]>

/** At least one. */
type Addresses = readonly [LookupAddress, ...LookupAddress[]]

/** The most names whose addresses are remembered. A process looks up the hosts of one topology, and none has that many. */
export const MAX_REMEMBERED_NAMES = 1_024

/**
 * How long a dial waits for a look-up before it uses the addresses of an earlier one. A system gives up on a DNS server that does not answer
 * only after 5 s or more, and by then the dial itself has timed out.
 */
export const LOOK_UP_TIMEOUT_MS = 1_000

/** Looks up names, one look-up of a name at a time, and remembers the last addresses of each. */
export class Resolver {
  readonly #lookUp: LookUp
  readonly #patienceMs: number
  readonly #pending = new Map<string, Promise<Addresses>>()
  readonly #remembered = new Map<string, Addresses>()

  constructor(lookUp: LookUp, patienceMs: number = LOOK_UP_TIMEOUT_MS) {
    this.#lookUp = lookUp
    this.#patienceMs = patienceMs
  }

  /** Looks up a name now, or joins the look-up of it that is under way. Rejects when it fails. */
  resolve(name: string): Promise<Addresses> {
    const pending = this.#pending.get(name)
    if (pending) return pending
    const started = this.#lookUpOnce(name).finally(() => this.#pending.delete(name))
    this.#pending.set(name, started)
    return started
  }

  /**
   * The `lookup` option of `net.connect`: looks up the name, and gives the last addresses that it had if that fails or takes too long. It
   * gives addresses of both families.
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
    const patience = new AbortController()
    const tooLate = setTimeout(this.#patienceMs, last, { signal: patience.signal })
    return Promise.race([resolved.catch(() => last), tooLate]).finally(() => {
      patience.abort()
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

/** Asks the system. All servers of a process share what it remembers. */
export const systemResolver = new Resolver((name) => lookup(name, { all: true }))
