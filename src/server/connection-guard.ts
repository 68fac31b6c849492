import type { Socket } from 'node:net'
import type { Log } from '../log/log.js'
import { Acceptor, type Security } from '../net/acceptor.js'
import { hostOf } from '../net/client-host.js'
import { ConnectionSlots, type SlotLimits } from '../net/connection-slots.js'
import { Connection } from '../net/connection.js'
import { Hosts, type HostsOptions } from '../net/hosts.js'
import { isLoopback } from '../net/loopback.js'
import type { Certificate } from '../net/tls.js'
import type { Authorization } from './authorization.js'
import { ClientAuthorization } from './client-authorization.js'
import { PlainRefusals } from './plain-refusals.js'
import { WaitingConnections } from './waiting-connections.js'

/** Whether a connection may send commands between servers; if not, why. */
export type Trust = { readonly kind: 'anyone' } | { readonly kind: 'client'; readonly why: string }

const ANYONE: Trust = { kind: 'anyone' }
const KEYLESS: Trust = { kind: 'client', why: 'only who has the herd key may say this' }
const STRANGER: Trust = { kind: 'client', why: 'without a herd key, only hosts of neighbours may say this' }

/** A connection that the guard has admitted. */
export interface AdmittedConnection {
  readonly connection: Connection
  readonly trust: Trust
  /** What a client may do on it. */
  readonly authorization: ClientAuthorization
  /** Finds the neighbours that may have made it, judging by its address; undefined for all. */
  readonly neighbours: () => readonly string[] | undefined
  /** Whether its address is that of this machine, so that clients may have it, too. */
  readonly isLocal: boolean
  /** Whether it has a reserved slot, for a greeting or `STATUS` only. */
  readonly isReserved: () => boolean
  /** It turns out to be a client's, and gets a client's slot. */
  readonly becomeClient: () => void
  /** It has become a link, and needs no slot. */
  readonly release: () => void
}

export interface ConnectionGuardParts {
  readonly security: Security
  /** The hosts of the neighbours, by name. Without a herd key, only these may speak as servers; undefined allows any. */
  readonly neighbourHosts: ReadonlyMap<string, string> | undefined
  readonly slots?: SlotLimits | undefined
  readonly authorization?: Authorization | undefined
  readonly log: Log
  readonly hostsOptions?: HostsOptions
  readonly admitted: (arrival: AdmittedConnection) => void
}

/** Why a connection is closed when there are more than slots. */
const EVICTED = 'there were too many connections, and it had been silent longest'

/**
 * Accepts connections once the server can answer, limits their number, and decides which of them may speak as a server. With herd keys, those
 * that have shown one. Without, those from the hosts of neighbours, or any if no hosts are given because only this machine can reach the server.
 */
export class ConnectionGuard {
  readonly #parts: ConnectionGuardParts
  readonly #acceptor: Acceptor
  readonly #hosts: Hosts | undefined
  readonly #slots: ConnectionSlots
  readonly #waiting: WaitingConnections
  /** Those without TLS, if only TLS is accepted. */
  readonly #plain: PlainRefusals | undefined
  /** The admitted connections. */
  readonly #connections = new WeakMap<Socket, Connection>()

  constructor(parts: ConnectionGuardParts) {
    this.#parts = parts
    const { security, neighbourHosts, slots, hostsOptions } = parts
    // With herd keys the address of a connection does not matter.
    if (neighbourHosts && !security.keys) this.#hosts = new Hosts(neighbourHosts, hostsOptions)
    void this.#hosts?.watch()
    this.#slots = new ConnectionSlots((socket) => {
      this.#evict(socket)
    }, slots)
    this.#waiting = new WaitingConnections((socket) => {
      this.#acceptor.accept(socket)
    })
    if (security.tlsOnly) this.#plain = new PlainRefusals(parts.log)
    this.#acceptor = new Acceptor(security, {
      plain: (socket) => {
        if (this.#plain) this.#refusePlain(socket, this.#plain)
        else this.#screen(socket, socket)
      },
      client: (socket, accepted) => {
        this.#screen(socket, accepted)
      },
      link: (socket, accepted) => {
        this.#admit(new Connection(socket), accepted, { trust: ANYONE, isEncrypted: true })
      },
      refused: (who, why) => {
        this.#refuse(who, why)
      },
    })
  }

  /** Accepts a socket that nobody has read from, now or when `open` is called. */
  accept(socket: Socket): void {
    const mayLink = this.#parts.security.keys !== undefined || this.#isTrusted(socket)
    this.#slots.take(socket, mayLink)
    this.#waiting.add(socket)
  }

  /** The server can answer: connections that have waited are accepted. */
  open(): void {
    this.#waiting.release()
  }

  /** Looks up the host of a neighbour again. Its address may have changed: a dial failed, or an untrusted host greeted in its name. */
  lookUpAgain(neighbour: string): void {
    this.#hosts?.lookUpAgain(neighbour)
  }

  /** Presents this certificate to clients from now on. */
  renewCertificate(certificate: Certificate): void {
    this.#acceptor.renewCertificate(certificate)
  }

  /** How many connections without TLS were refused, if only TLS is accepted. */
  get plainRefused(): number | undefined {
    return this.#plain?.count
  }

  /** Admits no further connections. */
  close(): void {
    this.#waiting.close()
    this.#acceptor.close()
    this.#plain?.close()
    this.#hosts?.stop()
  }

  /** Admits a client that may speak a foreign protocol, such as a browser. */
  #screen(socket: Socket, accepted: Socket): void {
    const trust = this.#parts.security.keys ? KEYLESS : this.#isTrusted(accepted) ? ANYONE : STRANGER
    const connection = new Connection(socket)
    connection.screen()
    this.#admit(connection, accepted, { trust, isEncrypted: socket !== accepted })
  }

  #refusePlain(socket: Socket, plain: PlainRefusals): void {
    const connection = new Connection(socket)
    this.#occupy(socket, connection)
    this.#slots.becomeClient(socket)
    plain.add(connection)
  }

  /** Notes which connection uses the slot of a socket. */
  #occupy(accepted: Socket, connection: Connection): void {
    this.#connections.set(accepted, connection)
    this.#slots.admitted(accepted, connection)
  }

  #admit(
    connection: Connection,
    accepted: Socket,
    { trust, isEncrypted }: { readonly trust: Trust; readonly isEncrypted: boolean },
  ): void {
    const slots = this.#slots
    this.#occupy(accepted, connection)
    if (trust.kind === 'client') slots.becomeClient(accepted)
    // Of a connection that is closed already, it is undefined, which is no address.
    const remoteAddress = String(accepted.remoteAddress)
    const { authorization, log, admitted } = this.#parts
    const isLocal = isLoopback(remoteAddress)
    admitted({
      connection,
      trust,
      authorization: new ClientAuthorization({
        authorization,
        connection,
        log,
        host: hostOf(remoteAddress),
        isPrivate: isEncrypted || isLocal,
      }),
      neighbours: () => this.#hosts?.serversAt(remoteAddress),
      isLocal,
      isReserved: () => slots.isReserved(accepted),
      becomeClient: () => {
        slots.becomeClient(accepted)
      },
      release: () => {
        slots.release(accepted)
      },
    })
  }

  #evict(socket: Socket): void {
    if (this.#acceptor.refuse(socket, EVICTED)) return
    const connection = this.#connections.get(socket)
    if (connection) connection.destroy(EVICTED)
    else socket.destroy()
  }

  #isTrusted({ remoteAddress }: Socket): boolean {
    return this.#hosts?.has(remoteAddress) ?? true
  }

  #refuse(who: string, why: string): void {
    this.#parts.log.write({ kind: 'client', what: 'refused', who, why })
  }
}
