import { BlockList, isIP } from 'node:net'
import { isLocalhost, LOOPBACK_ADDRESSES } from './loopback.js'
import { systemResolver, type Resolver } from './resolver.js'

/** How often a name is looked up, since its addresses may change. */
export const LOOK_UP_INTERVAL_MS = 30_000

/** The shortest time between two look-ups of a name. The first retry after a failure comes after this time. */
export const MIN_LOOK_UP_INTERVAL_MS = 1_000

/** How long the addresses of a name are kept while look-ups fail. After that they may belong to another machine. */
const KEEP_ADDRESSES_MS = 86_400_000

/** A server that listens on these addresses can be reached by loopback. */
const WILDCARDS = ['0.0.0.0', '::']

export interface HostsOptions {
  readonly resolver?: Pick<Resolver, 'resolve'>
  readonly intervalMs?: number
  readonly minIntervalMs?: number
  readonly keepMs?: number
}

/** A host that is given by name. */
interface Name {
  readonly name: string
  /** From the last successful look-up. */
  addresses: readonly string[]
  isPending: boolean
  hasFailed: boolean
  /** When the last look-up, and the last successful one, ended, on the clock of `performance.now`. */
  lookedUpAt: number
  foundAt: number
  /** How long to wait after the next look-up. Doubles while look-ups fail. */
  pauseMs: number
  timer: NodeJS.Timeout | undefined
}

/**
 * Knows the addresses of the hosts of some servers, to decide whether a connection comes from one of them. Names are looked up regularly: soon
 * after a look-up or a dial failed, then with increasing intervals. While look-ups of a name fail, its last addresses stay valid for one day.
 */
export class Hosts {
  readonly #resolver: Pick<Resolver, 'resolve'>
  readonly #everyMs: number
  readonly #minMs: number
  readonly #keepMs: number
  /** The addresses of hosts that are given by address, by server name. */
  readonly #fixed = new Map<string, readonly string[]>()
  /** By server name. */
  readonly #names = new Map<string, Name>()
  #addresses: BlockList
  #isStopped = false

  /** `hosts` maps server names to hosts. */
  constructor(hosts: ReadonlyMap<string, string>, options: HostsOptions = {}) {
    const {
      resolver = systemResolver,
      intervalMs: everyMs = LOOK_UP_INTERVAL_MS,
      minIntervalMs: minMs = MIN_LOOK_UP_INTERVAL_MS,
      keepMs = KEEP_ADDRESSES_MS,
    } = options
    this.#resolver = resolver
    this.#everyMs = everyMs
    this.#minMs = minMs
    this.#keepMs = keepMs
    for (const [server, host] of hosts)
      if (isLocalhost(host)) this.#fixed.set(server, LOOPBACK_ADDRESSES)
      else if (isIP(host) !== 0) this.#fixed.set(server, [host])
      else this.#names.set(server, newName(host, minMs))
    this.#addresses = this.#listAddresses()
  }

  /** Looks up all names, now and regularly until `stop`. Resolves when each has been looked up once. */
  async watch(): Promise<void> {
    await Promise.all([...this.#names.values()].map((name) => this.#lookUp(name)))
  }

  stop(): void {
    this.#isStopped = true
    for (const { timer } of this.#names.values()) clearTimeout(timer)
  }

  /** Looks up the host of a server again, because it may have moved: at once, or when the shortest time between look-ups has passed. */
  lookUpAgain(server: string): void {
    const name = this.#names.get(server)
    if (!name || this.#isStopped) return
    name.pauseMs = this.#minMs
    if (name.isPending) return
    const waitMs = name.lookedUpAt + this.#minMs - performance.now()
    if (waitMs > 0) this.#schedule(name, waitMs)
    else void this.#lookUp(name)
  }

  /** Whether an address such as 10.0.0.1, ::1 or ::ffff:10.0.0.1 belongs to one of the hosts. The address of a closed socket is undefined. */
  has(address = ''): boolean {
    const family = isIP(address)
    return family !== 0 && this.#addresses.check(address, family === 4 ? 'ipv4' : 'ipv6')
  }

  /** The servers among them whose host has an address. */
  serversAt(address = ''): string[] {
    const family = isIP(address)
    if (family === 0) return []
    const servers = [
      ...this.#fixed,
      ...[...this.#names].map(([server, { addresses }]) => [server, addresses] as const),
    ]
    return servers
      .filter(([, addresses]) => listOf(addresses).check(address, family === 4 ? 'ipv4' : 'ipv6'))
      .map(([server]) => server)
  }

  async #lookUp(name: Name): Promise<void> {
    clearTimeout(name.timer)
    name.isPending = true
    const found = await this.#resolver.resolve(name.name).catch(() => undefined)
    name.isPending = false
    name.lookedUpAt = performance.now()
    if (found) name.foundAt = name.lookedUpAt
    if (found) name.addresses = found.map(({ address }) => address)
    else if (name.lookedUpAt - name.foundAt >= this.#keepMs) name.addresses = []
    if (!found && !name.hasFailed) name.pauseMs = this.#minMs
    this.#addresses = this.#listAddresses()
    name.hasFailed = !found
    this.#schedule(name, name.pauseMs)
    name.pauseMs = Math.min(2 * name.pauseMs, this.#everyMs)
  }

  #schedule(name: Name, waitMs: number): void {
    clearTimeout(name.timer)
    if (this.#isStopped) return
    name.timer = setTimeout(() => void this.#lookUp(name), waitMs)
  }

  #listAddresses(): BlockList {
    const named = [...this.#names.values()].flatMap(({ addresses }) => addresses)
    return listOf([...[...this.#fixed.values()].flat(), ...named])
  }
}

function listOf(addresses: readonly string[]): BlockList {
  const list = new BlockList()
  for (const address of addresses)
    for (const each of WILDCARDS.includes(address) ? LOOPBACK_ADDRESSES : [address])
      list.addAddress(each, isIP(each) === 4 ? 'ipv4' : 'ipv6')
  return list
}

function newName(name: string, pauseMs: number): Name {
  return {
    name,
    addresses: [],
    isPending: false,
    hasFailed: false,
    lookedUpAt: -Infinity,
    foundAt: -Infinity,
    pauseMs,
    timer: undefined,
  }
}
