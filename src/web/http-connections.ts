import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { Problem } from './problem.js'

/** A connection, and what is known of its requests. */
export interface HttpConnection {
  readonly socket: Socket
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

/** The connections of a server. If there are too many, the one that is idle longest is closed, so that silent ones lock nobody out. */
export class HttpConnections {
  readonly #most: number
  readonly #all = new Map<Duplex, HttpConnection>()
  /** Those without a request that is being answered, the one that is idle longest first. */
  readonly #idle = new Set<HttpConnection>()
  /** Those that had no room. */
  readonly #refused = new Set<Socket>()

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
    if (this.#all.size >= this.#most && !this.#closeIdlest()) {
      this.#refused.add(socket)
      return false
    }
    const connection: HttpConnection = {
      socket,
      unanswered: 0,
      last: Promise.resolve(),
      unread: undefined,
      fault: undefined,
      onFault: () => undefined,
    }
    this.#all.set(socket, connection)
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

  #closeIdlest(): boolean {
    for (const { socket } of this.#idle) {
      socket.destroy()
      this.#remove(socket)
      return true
    }
    return false
  }

  #remove(socket: Socket): void {
    const connection = this.#all.get(socket)
    if (connection) this.#idle.delete(connection)
    this.#all.delete(socket)
    this.#refused.delete(socket)
  }
}
