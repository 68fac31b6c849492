import { lookup } from 'node:dns/promises'
import { BlockList, isIP } from 'node:net'

/** How often names of hosts are looked up anew, as their addresses may change. */
export const LOOK_UP_MS = 30_000

/** What a server that listens on all addresses is dialled from when it is on this machine. */
const LOOPBACK = ['127.0.0.1', '::1']
const WILDCARDS = ['0.0.0.0', '::']

/** Some hosts, names or addresses, and whether a connection comes from one of them. */
export class Hosts {
  readonly #names: readonly string[]
  #addresses = new BlockList()
  #timer: NodeJS.Timeout | undefined

  constructor(names: readonly string[]) {
    this.#names = names
  }

  /** Looks up the names, now and from time to time until stopped. Resolves when that has been done once; a name that cannot be looked up has no address. */
  async watch(everyMs: number = LOOK_UP_MS): Promise<void> {
    this.#timer = setInterval(() => void this.#lookUp(), everyMs)
    await this.#lookUp()
  }

  stop(): void {
    clearInterval(this.#timer)
  }

  /** Whether an address, such as 10.0.0.1, ::1 or ::ffff:10.0.0.1, is one of a host's. That of a socket already gone is undefined. */
  has(address = ''): boolean {
    const family = isIP(address)
    return family !== 0 && this.#addresses.check(address, family === 4 ? 'ipv4' : 'ipv6')
  }

  async #lookUp(): Promise<void> {
    const found = await Promise.all(this.#names.map((name) => lookup(name, { all: true }).catch(() => [])))
    const addresses = new BlockList()
    for (const { address } of found.flat())
      for (const each of WILDCARDS.includes(address) ? LOOPBACK : [address])
        addresses.addAddress(each, isIP(each) === 4 ? 'ipv4' : 'ipv6')
    this.#addresses = addresses
  }
}
