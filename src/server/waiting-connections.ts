import type { Socket } from 'node:net'

/** Connections that arrive before a server can answer. Nothing is read from them until it can. */
export class WaitingConnections {
  readonly #accept: (socket: Socket) => void
  readonly #limit: number
  /** Undefined once the server can answer. */
  #waiting: Set<Socket> | undefined = new Set()

  /** `accept` is given each connection when the server can answer. More than `limit` do not wait, but are closed. */
  constructor(accept: (socket: Socket) => void, limit: number) {
    this.#accept = accept
    this.#limit = limit
  }

  /** Accepts a connection, now or later. */
  add(socket: Socket): void {
    if (!this.#waiting) this.#accept(socket)
    else if (this.#waiting.size < this.#limit) this.#hold(socket, this.#waiting)
    else socket.destroy()
  }

  /** Accepts what waits, and from now on everything at once. */
  release(): void {
    const waiting = this.#waiting ?? []
    this.#waiting = undefined
    for (const socket of waiting) {
      socket.removeAllListeners()
      this.#accept(socket)
      socket.resume()
    }
  }

  /** Closes what waits. */
  close(): void {
    for (const socket of this.#waiting ?? []) socket.destroy()
  }

  #hold(socket: Socket, waiting: Set<Socket>): void {
    socket.pause()
    waiting.add(socket)
    // A close follows an error.
    socket.on('error', () => undefined)
    socket.once('close', () => waiting.delete(socket))
  }
}
