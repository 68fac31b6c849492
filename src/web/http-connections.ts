import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import { hostOf } from '../net/client-host.js'
import type { Problem } from './problem.js'

/** A connection, and what is known of its requests. */
export interface HttpConnection {
  readonly socket: Socket
  /** See `hostOf`. */
  readonly host: string
  /** How many requests are not answered. */
  unanswered: number
  /** Resolves when the requests so far are answered. */
  last: Promise<void>
  /** The request that was answered last, if all of it had not arrived by then. */
  unread: IncomingMessage | undefined
  /** Why no further request is served. */
  fault: Problem | undefined
  /** Called when there is a fault. */
  onFault: () => void
}

/**
 * The connections of a server. One too many closes the one that is idle longest, among those of the host that has most. So silent connections keep
 * nobody out, and one host cannot displace the others. If none is idle, the host that has most loses its oldest, but only to a host that has fewer.
 */
export class HttpConnections {
  readonly #most: number
  readonly #all = new Map<Duplex, HttpConnection>()
  /** Those without a request that is being answered, the one that is idle longest first. */
  readonly #idle = new Set<HttpConnection>()
  /** How many each host has. */
  readonly #perHost = new Map<string, number>()
  /** Those that had no room. */
  readonly #refused = new Set<Socket>()

  /** There must be room for at least one. */
  constructor(most: number) {
    this.#most = most
  }

  /** How many there are. */
  get size(): number {
    return this.#all.size
  }

  /** Adds a connection until it closes. Returns whether there was room for it. */
  add(socket: Socket): boolean {
    socket.once('close', () => {
      this.#remove(socket)
    })
    const host = hostOf(socket.remoteAddress)
    if (this.#all.size >= this.#most && !this.#makeRoom(host)) {
      this.#refused.add(socket)
      return false
    }
    const connection: HttpConnection = {
      socket,
      host,
      unanswered: 0,
      last: Promise.resolve(),
      unread: undefined,
      fault: undefined,
      onFault: () => undefined,
    }
    this.#all.set(socket, connection)
    this.#perHost.set(host, this.#sizeOf(host) + 1)
    this.#idle.add(connection)
    return true
  }

  /** The connection of a socket; undefined if it had no room, or was closed for want of room. */
  of(socket: Duplex): HttpConnection | undefined {
    return this.#all.get(socket)
  }

  /** A request has arrived. */
  begin(connection: HttpConnection): void {
    connection.unanswered += 1
    this.#idle.delete(connection)
  }

  /** A request is answered. */
  end(connection: HttpConnection): void {
    connection.unanswered -= 1
    if (connection.unanswered === 0 && this.#all.has(connection.socket)) this.#idle.add(connection)
  }

  /** Closes those on which no request is answered. */
  destroyIdle(): void {
    for (const { socket } of this.#idle) socket.destroy()
    for (const socket of this.#refused) socket.destroy()
  }

  destroyAll(): void {
    for (const socket of [...this.#all.keys(), ...this.#refused]) socket.destroy()
  }

  /** Closes a connection to make room for another one of `host`. Returns whether there was one to close. */
  #makeRoom(host: string): boolean {
    const connections = this.#idle.size > 0 ? this.#idle : this.#all.values()
    const closed = this.#ofGreatest([...connections], host)
    // Otherwise two hosts that are busy would take each other's connections in turn.
    if (closed.unanswered > 0 && this.#sizeOf(closed.host) <= this.#sizeOf(host) + 1) return false
    closed.socket.destroy()
    this.#remove(closed.socket)
    return true
  }

  /** The first connection of the host that has most, with the one that is joining. There must be a connection. */
  #ofGreatest(connections: readonly HttpConnection[], joining: string): HttpConnection {
    const sizeWith = ({ host }: HttpConnection): number => this.#sizeOf(host) + (host === joining ? 1 : 0)
    return connections.reduce((greatest, each) => (sizeWith(each) > sizeWith(greatest) ? each : greatest))
  }

  #sizeOf(host: string): number {
    return this.#perHost.get(host) ?? 0
  }

  #remove(socket: Socket): void {
    this.#refused.delete(socket)
    const connection = this.#all.get(socket)
    if (!connection) return
    const { host } = connection
    const left = this.#sizeOf(host) - 1
    if (left === 0) this.#perHost.delete(host)
    else this.#perHost.set(host, left)
    this.#idle.delete(connection)
    this.#all.delete(socket)
  }
}
