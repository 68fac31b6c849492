import type { Socket } from 'node:net'

/** Connections that arrive before a server can answer. Nothing is read from them until it can. */
export class WaitingConnections {
  readonly #accept: (socket: Socket) => void
  /** How each is no longer watched; undefined once the server can answer. */
  #waiting: Map<Socket, () => void> | undefined = new Map()

  /** `accept` is given each connection when the server can answer. */
  constructor(accept: (socket: Socket) => void) {
    this.#accept = accept
  }

  /** Accepts a connection, now or later. */
  add(socket: Socket): void {
    if (this.#waiting) this.#hold(socket, this.#waiting)
    else this.#accept(socket)
  }

  /** Accepts what waits, and from now on everything at once. */
  release(): void {
    const waiting = this.#waiting ?? []
    this.#waiting = undefined
    for (const [socket, unhold] of waiting) {
      unhold()
      this.#accept(socket)
      socket.resume()
    }
  }

  /** Closes what waits. */
  close(): void {
    for (const socket of this.#waiting?.keys() ?? []) socket.destroy()
  }

  #hold(socket: Socket, waiting: Map<Socket, () => void>): void {
    const closed = (): void => void waiting.delete(socket)
    // A close follows.
    const failed = (): void => undefined
    socket.pause()
    socket.once('close', closed).on('error', failed)
    waiting.set(socket, () => socket.off('close', closed).off('error', failed))
  }
}
