import type { Socket } from 'node:net'
import { MAX_CONNECTIONS, RESERVED_CONNECTIONS, RESERVED_MS } from './limits.js'

/** How many connections a server accepts, and how long one may stay in the reserve. */
export interface SlotLimits {
  readonly clients: number
  readonly reserved: number
  readonly reservedMs: number
}

const SLOT_LIMITS: SlotLimits = {
  clients: MAX_CONNECTIONS,
  reserved: RESERVED_CONNECTIONS,
  reservedMs: RESERVED_MS,
}

/**
 * Limits the number of client connections. When all slots are taken, a reserve lets neighbours still link: in a full reserve a new connection
 * evicts the oldest. A link takes no slot, because the number of neighbours is fixed.
 */
export class ConnectionSlots {
  readonly #limits: SlotLimits
  readonly #evict: (socket: Socket) => void
  readonly #clients = new Set<Socket>()
  /** The oldest comes first. */
  readonly #reserved = new Map<Socket, NodeJS.Timeout>()

  /** `evict` must close the socket. */
  constructor(evict: (socket: Socket) => void, limits: SlotLimits = SLOT_LIMITS) {
    this.#evict = evict
    this.#limits = limits
  }

  /** Gives a new connection a slot until it closes, in the reserve only if it `mayLink`. Returns false if there is no slot. */
  take(socket: Socket, mayLink: boolean): boolean {
    if (this.#clients.size < this.#limits.clients) this.#clients.add(socket)
    else if (mayLink) this.#reserve(socket)
    else return false
    socket.once('close', () => {
      this.release(socket)
    })
    return true
  }

  isReserved(socket: Socket): boolean {
    return this.#reserved.has(socket)
  }

  /** Frees the slot of a connection that has closed or become a link. */
  release(socket: Socket): void {
    this.#clients.delete(socket)
    clearTimeout(this.#reserved.get(socket))
    this.#reserved.delete(socket)
  }

  #reserve(socket: Socket): void {
    const { reserved, reservedMs } = this.#limits
    const [oldest] = this.#reserved.keys()
    if (oldest && this.#reserved.size >= reserved) this.#free(oldest)
    const timeout = setTimeout(() => {
      this.#free(socket)
    }, reservedMs)
    this.#reserved.set(socket, timeout)
  }

  #free(socket: Socket): void {
    this.release(socket)
    this.#evict(socket)
  }
}
