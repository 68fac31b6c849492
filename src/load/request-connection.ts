import { RawClient, type ServerAccess } from '../net/raw-client.js'
import type { PersonError } from '../person-error.js'

/** How requests travel: many on one connection, or each on a connection of its own, for servers that close after a reply. */
export type RequestMode = 'pipelined' | 'one-shot'

interface RequestConnectionEvents {
  /** The first connection is ready. */
  readonly connected: () => void
  /** The first `length` bytes of `bytes` have arrived. They are overwritten once this returns. */
  readonly received: (bytes: Buffer, length: number) => void
  readonly isWaiting: () => boolean
  readonly failed: (error: PersonError) => void
}

/** Sends requests to a server. In one-shot mode each `write` is one request, which ends the previous connection. */
export class RequestConnection {
  readonly #access: ServerAccess
  readonly #mode: RequestMode
  readonly #events: RequestConnectionEvents
  #client: RawClient
  #isUsed = false

  /** Starts to connect. */
  constructor(access: ServerAccess, mode: RequestMode, events: RequestConnectionEvents) {
    this.#access = access
    this.#mode = mode
    this.#events = events
    this.#client = this.#connect(events.connected)
  }

  /** Sends bytes, which must not change until they are answered. */
  write(bytes: Uint8Array): void {
    if (this.#mode === 'pipelined') {
      this.#client.write(bytes)
      return
    }
    if (this.#isUsed) {
      this.#client.destroy()
      this.#client = this.#connect(() => undefined)
    }
    this.#isUsed = true
    this.#client.write(bytes)
    // Some servers answer only when the client has closed its side.
    this.#client.end()
  }

  /** Gives the server up: what it sent is wrong. */
  fail(message: string): void {
    this.#client.fail(message)
  }

  /** Closes the connection at once. */
  destroy(): void {
    this.#client.destroy()
  }

  #connect(connected: () => void): RawClient {
    const { received, isWaiting, failed } = this.#events
    // What happens to a connection whose request is answered does not matter.
    const isCurrent = (): boolean => this.#client === client
    const client: RawClient = new RawClient(this.#access, {
      connected,
      received: (bytes, length) => {
        if (isCurrent()) received(bytes, length)
      },
      isWaiting: () => isCurrent() && isWaiting(),
      failed: (error) => {
        if (isCurrent()) failed(error)
      },
    })
    return client
  }
}
