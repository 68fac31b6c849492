import type { Socket } from 'node:net'
import type { Connection } from './connection.js'

/** An IPv6 host has at least 64 bits of address for itself, and these are 4 of its 8 groups of digits. */
const IPV6_GROUPS = 8
const IPV6_NETWORK_GROUPS = 4

/** The host of a remote address: an IPv4 address, or the network of an IPv6 address. The address of a closed socket is undefined. */
export function hostOf(address = ''): string {
  // Also of an IPv4 address in IPv6 notation, such as ::ffff:127.0.0.1.
  if (address.includes('.')) return address.slice(address.lastIndexOf(':') + 1)
  const [left = [], right = []] = address.split('::').map((part) => (part === '' ? [] : part.split(':')))
  const zeros = Array<string>(Math.max(0, IPV6_GROUPS - left.length - right.length)).fill('0')
  return [...left, ...zeros, ...right].slice(0, IPV6_NETWORK_GROUPS).join(':')
}

/** A connection that has a slot. */
export interface Slot {
  readonly socket: Socket
  /** See `hostOf`. */
  readonly host: string
  /** When it was accepted, on the clock of `performance.now()`. */
  readonly since: number
  /** Undefined until it is known what it speaks. */
  connection: Pick<Connection, 'lastArrivalAt'> | undefined
}

/** Since when a connection had been silent when that was last looked at. */
interface Silence {
  readonly slot: Slot
  readonly since: number
}

/** The connections that one host has as a client. */
export class ClientHost {
  readonly #slots = new Set<Slot>()
  /** By silence, the longest last. Connections that are missing have been silent for a shorter time than these. */
  #silences: Silence[] = []

  get size(): number {
    return this.#slots.size
  }

  add(slot: Slot): void {
    this.#slots.add(slot)
  }

  delete(slot: Slot): void {
    this.#slots.delete(slot)
  }

  /**
   * The connection that has been silent longest. There must be one. All connections are looked at only when those that had been silent longest
   * are gone or have sent something since.
   */
  get mostSilent(): Silence {
    return this.#known() ?? this.#lookAtAll()
  }

  #known(): Silence | undefined {
    for (let silence = this.#silences.at(-1); silence; silence = this.#silences.at(-1)) {
      const { slot, since } = silence
      if (this.#slots.has(slot) && silentSince(slot) === since) return silence
      this.#silences.pop()
    }
    return undefined
  }

  #lookAtAll(): Silence {
    this.#silences = Array.from(this.#slots, (slot) => ({ slot, since: silentSince(slot) }))
    this.#silences.sort((one, other) => other.since - one.since)
    return this.#silences.at(-1) as Silence
  }
}

function silentSince({ since, connection }: Slot): number {
  return connection?.lastArrivalAt ?? since
}
