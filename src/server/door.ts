import type { Socket } from 'node:net'
import type { Log } from '../log/log.js'
import { Acceptor, type Security } from '../net/acceptor.js'
import { ConnectionSlots, type SlotLimits } from '../net/connection-slots.js'
import { Connection, formatAddress } from '../net/connection.js'
import { Hosts, type HostsOptions } from '../net/hosts.js'
import type { Certificate } from '../net/tls.js'

/** Whether what servers say to each other is heard on a connection, and if not, why not. */
export type Trust = { readonly kind: 'anyone' } | { readonly kind: 'client'; readonly why: string }

const ANYONE: Trust = { kind: 'anyone' }
const KEYLESS: Trust = { kind: 'client', why: 'only who has the herd key may say this' }
const STRANGER: Trust = { kind: 'client', why: 'without a herd key, only hosts of neighbours may say this' }

/** A connection that has been let in. */
export interface Arrival {
  readonly connection: Connection
  readonly trust: Trust
  /** Whether all slots for clients are taken, so that only links and questions for the status are served. */
  readonly isReserved: boolean
  /** Frees the slot of the connection, because it has become a link. */
  readonly release: () => void
}

export interface DoorParts {
  readonly security: Security
  /** Without a herd key, only connections from these hosts, given by neighbour, may speak as servers; undefined for any. */
  readonly neighbourHosts: ReadonlyMap<string, string> | undefined
  readonly slots: SlotLimits | undefined
  readonly log: Log
  readonly hostsOptions?: HostsOptions
  readonly enter: (arrival: Arrival) => void
}

/** Why a connection is refused when the slots are taken. */
export const FULL = 'too many connections'

/**
 * Accepts connections as far as there are slots, and decides which of them may speak as a server: with herd keys, those that have shown
 * one; without, those from the hosts of neighbours or, if no hosts are given because only this machine can reach the server, any.
 */
export class Door {
  readonly #parts: DoorParts
  readonly #acceptor: Acceptor
  readonly #hosts: Hosts | undefined
  readonly #slots: ConnectionSlots
  /** The connections in the reserve that have been let in. */
  readonly #reserved = new WeakMap<Socket, Connection>()

  constructor(parts: DoorParts) {
    this.#parts = parts
    const { security, neighbourHosts, slots, hostsOptions } = parts
    // With herd keys it does not matter where a connection comes from.
    if (neighbourHosts && !security.keys) this.#hosts = new Hosts(neighbourHosts, hostsOptions)
    void this.#hosts?.watch()
    this.#slots = new ConnectionSlots((socket) => {
      this.#evict(socket)
    }, slots)
    this.#acceptor = new Acceptor(security, {
      plain: (socket) => {
        this.#screen(socket, socket)
      },
      client: (socket, accepted) => {
        this.#screen(socket, accepted)
      },
      link: (socket, accepted) => {
        this.#enter(new Connection(socket), accepted, ANYONE)
      },
      refused: (who, why) => {
        this.#refuse(who, why)
      },
    })
  }

  /** Takes in a socket that nobody has read from. */
  accept(socket: Socket): void {
    const mayLink = this.#parts.security.keys !== undefined || this.#isTrusted(socket)
    if (this.#slots.take(socket, mayLink)) {
      this.#acceptor.accept(socket)
      return
    }
    this.#refuse(formatAddress(socket.remoteAddress, socket.remotePort), FULL)
    socket.destroy()
  }

  /** Looks up the host of a neighbour again, which may have moved: it could not be dialled, or a stranger has greeted in its name. */
  lookUpAgain(neighbour: string): void {
    this.#hosts?.lookUpAgain(neighbour)
  }

  /** Shows this certificate to clients from now on. */
  renewCertificate(certificate: Certificate): void {
    this.#acceptor.renewCertificate(certificate)
  }

  /** Lets in nobody who is not in yet. */
  close(): void {
    this.#acceptor.close()
    this.#hosts?.stop()
  }

  /** Takes in a client, which may be a browser. */
  #screen(socket: Socket, accepted: Socket): void {
    const trust = this.#parts.security.keys ? KEYLESS : this.#isTrusted(accepted) ? ANYONE : STRANGER
    const connection = new Connection(socket)
    connection.screen()
    this.#enter(connection, accepted, trust)
  }

  #enter(connection: Connection, accepted: Socket, trust: Trust): void {
    const isReserved = this.#slots.isReserved(accepted)
    if (isReserved && trust.kind === 'client') {
      this.#refuse(connection.peer, FULL)
      connection.destroy()
      return
    }
    if (isReserved) this.#reserved.set(accepted, connection)
    const release = (): void => {
      this.#slots.release(accepted)
    }
    this.#parts.enter({ connection, trust, isReserved, release })
  }

  #evict(socket: Socket): void {
    if (!this.#acceptor.refuse(socket, FULL)) this.#reserved.get(socket)?.destroy(FULL)
  }

  #isTrusted({ remoteAddress }: Socket): boolean {
    return this.#hosts?.has(remoteAddress) ?? true
  }

  #refuse(who: string, why: string): void {
    this.#parts.log.write({ kind: 'client', what: 'refused', who, why })
  }
}
