import type { Socket } from 'node:net'
import { ClientHost, hostOf, type Slot } from './client-host.js'
import type { Connection } from './connection.js'
import { MAX_CONNECTIONS, RESERVED_CONNECTIONS } from './limits.js'

/** How many connections of clients a server has at once, and how many more that may be neighbours or ask for `STATUS`. */
export interface SlotLimits {
  readonly clients: number
  readonly reserved: number
}

const SLOT_LIMITS: SlotLimits = { clients: MAX_CONNECTIONS, reserved: RESERVED_CONNECTIONS }

/**
 * Limits the number of connections. When all slots of clients are taken, a further client gets the slot of the connection that has been silent
 * longest, among those of the host that has most. So a crowd of silent connections keeps nobody out, and one host cannot displace the others.
 *
 * A connection that may be of a neighbour or ask for `STATUS` displaces nobody at first: it gets a reserved slot. It needs a client's slot when
 * it turns out to be a client, or when newer connections fill the reserve. A link has no slot, because the number of neighbours is fixed.
 */
export class ConnectionSlots {
  readonly #limits: SlotLimits
  readonly #evict: (socket: Socket) => void
  readonly #clients = new Map<Socket, Slot>()
  /** The oldest comes first. */
  readonly #reserved = new Map<Socket, Slot>()
  /** The hosts of the clients. */
  readonly #hosts = new Map<string, ClientHost>()
  /** How many hosts have so many clients, by that number, and the greatest such number. */
  readonly #hostsBySize: number[] = []
  #mostClients = 0

  /** `evict` must close the socket. There must be at least one slot for clients. */
  constructor(evict: (socket: Socket) => void, limits: SlotLimits = SLOT_LIMITS) {
    this.#evict = evict
    this.#limits = limits
  }

  /** Gives a new connection a slot until it closes: a reserved one only if it `mayLink`, and only when those of clients are taken. */
  take(socket: Socket, mayLink: boolean): void {
    const host = hostOf(socket.remoteAddress)
    const slot = { socket, host, since: performance.now(), connection: undefined }
    if (mayLink && this.#areTaken) this.#reserve(slot)
    else this.#seat(slot)
    socket.once('close', () => {
      this.release(socket)
    })
  }

  /** Notes the connection of a socket. Its input shows how long it has been silent. */
  admitted(socket: Socket, connection: Pick<Connection, 'lastArrivalAt'>): void {
    const slot = this.#clients.get(socket) ?? this.#reserved.get(socket)
    if (slot) slot.connection = connection
  }

  isReserved(socket: Socket): boolean {
    return this.#reserved.size > 0 && this.#reserved.has(socket)
  }

  /** Gives a connection with a reserved slot a client's slot instead. */
  becomeClient(socket: Socket): void {
    const slot = this.#reserved.get(socket)
    if (!slot) return
    this.#reserved.delete(socket)
    this.#seat(slot)
  }

  /** Frees the slot of a connection that has closed or become a link. */
  release(socket: Socket): void {
    this.#reserved.delete(socket)
    const slot = this.#clients.get(socket)
    if (slot) this.#unseat(slot)
  }

  get #areTaken(): boolean {
    return this.#clients.size >= this.#limits.clients
  }

  #reserve(slot: Slot): void {
    const [oldest] = this.#reserved.keys()
    if (oldest && this.#reserved.size >= this.#limits.reserved) this.becomeClient(oldest)
    this.#reserved.set(slot.socket, slot)
  }

  #seat(slot: Slot): void {
    const isFull = this.#areTaken
    const host = this.#hosts.get(slot.host) ?? new ClientHost()
    this.#hosts.set(slot.host, host)
    this.#clients.set(slot.socket, slot)
    host.add(slot)
    this.#resized(host.size - 1, host.size)
    if (isFull) this.#evictOne(host)
  }

  #unseat(slot: Slot): void {
    const host = this.#hosts.get(slot.host) as ClientHost
    this.#clients.delete(slot.socket)
    host.delete(slot)
    this.#resized(host.size + 1, host.size)
    if (host.size === 0) this.#hosts.delete(slot.host)
  }

  #resized(before: number, size: number): void {
    this.#hostsBySize[before] = (this.#hostsBySize[before] ?? 0) - 1
    this.#hostsBySize[size] = (this.#hostsBySize[size] ?? 0) + 1
    if (size > this.#mostClients || this.#hostsBySize[this.#mostClients] === 0) this.#mostClients = size
  }

  /** Frees a slot for a client of `host` that has just been counted there. */
  #evictOne(host: ClientHost): void {
    const hasMost = host.size === this.#mostClients && host.size > 1
    const hosts = hasMost
      ? [host]
      : [...this.#hosts.values()].filter(({ size }) => size === this.#mostClients)
    const silences = hosts.map(({ mostSilent }) => mostSilent)
    const { slot } = silences.reduce((longest, other) => (other.since < longest.since ? other : longest))
    this.#unseat(slot)
    this.#evict(slot.socket)
  }
}
