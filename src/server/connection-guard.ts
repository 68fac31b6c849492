import type { Socket } from 'node:net'
import type { Log } from '../log/log.js'
import { Acceptor, type Security } from '../net/acceptor.js'
import { ConnectionSlots, type SlotLimits } from '../net/connection-slots.js'
import { Connection, formatAddress } from '../net/connection.js'
import { Hosts, type HostsOptions } from '../net/hosts.js'
import { isLoopback } from '../net/loopback.js'
import type { Certificate } from '../net/tls.js'

/** Whether a connection may send commands between servers; if not, why. */
export type Trust = { readonly kind: 'anyone' } | { readonly kind: 'client'; readonly why: string }

const ANYONE: Trust = { kind: 'anyone' }
const KEYLESS: Trust = { kind: 'client', why: 'only who has the herd key may say this' }
const STRANGER: Trust = { kind: 'client', why: 'without a herd key, only hosts of neighbours may say this' }

/** A connection that the guard has admitted. */
export interface AdmittedConnection {
  readonly connection: Connection
  readonly trust: Trust
  /** Finds the neighbours that may have made it, judging by its address; undefined for all. */
  readonly neighbours: () => readonly string[] | undefined
  /** Whether its address is that of this machine, so that clients may have it, too. */
  readonly isLocal: boolean
  /** Whether the connection holds a reserve slot because all client slots are taken. If so, only links and `STATUS` are served. */
  readonly isReserved: boolean
  /** Releases the slot of a connection that has become a link. */
  readonly release: () => void
}

export interface ConnectionGuardParts {
  readonly security: Security
  /** The hosts of the neighbours, by name. Without a herd key, only these may speak as servers; undefined allows any. */
  readonly neighbourHosts: ReadonlyMap<string, string> | undefined
  readonly slots: SlotLimits | undefined
  readonly log: Log
  readonly hostsOptions?: HostsOptions
  readonly admitted: (arrival: AdmittedConnection) => void
}

/** Why a connection is refused when all slots are taken. */
export const FULL = 'too many connections'

/**
 * Accepts connections while there are slots, and decides which of them may speak as a server. With herd keys, those that have shown one.
 * Without, those from the hosts of neighbours, or any if no hosts are given because only this machine can reach the server.
 */
export class ConnectionGuard {
  readonly #parts: ConnectionGuardParts
  readonly #acceptor: Acceptor
  readonly #hosts: Hosts | undefined
  readonly #slots: ConnectionSlots
  /** The admitted connections that hold reserve slots. */
  readonly #reserved = new WeakMap<Socket, Connection>()

  constructor(parts: ConnectionGuardParts) {
    this.#parts = parts
    const { security, neighbourHosts, slots, hostsOptions } = parts
    // With herd keys the address of a connection does not matter.
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
        this.#admit(new Connection(socket), accepted, ANYONE)
      },
      refused: (who, why) => {
        this.#refuse(who, why)
      },
    })
  }

  /** Accepts a socket that nobody has read from. */
  accept(socket: Socket): void {
    const mayLink = this.#parts.security.keys !== undefined || this.#isTrusted(socket)
    if (this.#slots.take(socket, mayLink)) {
      this.#acceptor.accept(socket)
      return
    }
    this.#refuse(formatAddress(socket.remoteAddress, socket.remotePort), FULL)
    socket.destroy()
  }

  /** Looks up the host of a neighbour again. Its address may have changed: a dial failed, or an untrusted host greeted in its name. */
  lookUpAgain(neighbour: string): void {
    this.#hosts?.lookUpAgain(neighbour)
  }

  /** Presents this certificate to clients from now on. */
  renewCertificate(certificate: Certificate): void {
    this.#acceptor.renewCertificate(certificate)
  }

  /** Admits no further connections. */
  close(): void {
    this.#acceptor.close()
    this.#hosts?.stop()
  }

  /** Admits a client that may speak a foreign protocol, such as a browser. */
  #screen(socket: Socket, accepted: Socket): void {
    const trust = this.#parts.security.keys ? KEYLESS : this.#isTrusted(accepted) ? ANYONE : STRANGER
    const connection = new Connection(socket)
    connection.screen()
    this.#admit(connection, accepted, trust)
  }

  #admit(connection: Connection, accepted: Socket, trust: Trust): void {
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
    // Of a connection that is closed already, it is undefined, which is no address.
    const remoteAddress = String(accepted.remoteAddress)
    const neighbours = (): readonly string[] | undefined => this.#hosts?.serversAt(remoteAddress)
    const isLocal = isLoopback(remoteAddress)
    this.#parts.admitted({ connection, trust, neighbours, isLocal, isReserved, release })
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
