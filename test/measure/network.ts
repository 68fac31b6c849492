import { fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'

/** A request to the process of a network. */
export type NetworkRequest =
  | {
      readonly kind: 'open'
      readonly id: number
      readonly farPort: number
      readonly delayMs: number
      readonly seed: number
    }
  | { readonly kind: 'stalls'; readonly isOn: boolean }

/** The answer to `open`. */
export interface OpenedLink {
  readonly id: number
  readonly port: number
}

/**
 * Slow links in their own process, so that measuring does not delay their deliveries. It is not a worker thread: in Node 20 a worker that
 * has reset a connection may never end.
 */
export class Network {
  readonly #process = fork(fileURLToPath(new URL('./network-process.js', import.meta.url)))
  readonly #opening = new Map<number, (port: number) => void>()
  readonly #seed: number
  #opened = 0

  /** With the same seed, links that are opened in the same order have the same delays. */
  constructor(seed: number) {
    this.#seed = seed
    this.#process.on('message', ({ id, port }: OpenedLink) => {
      this.#opening.get(id)?.(port)
      this.#opening.delete(id)
    })
  }

  /** Opens a link to a loopback port. Resolves to the port at which it accepts connections. */
  open(farPort: number, delayMs: number): Promise<number> {
    this.#opened += 1
    const id = this.#opened
    this.#post({ kind: 'open', id, farPort, delayMs, seed: this.#seed + id })
    return new Promise((resolve) => this.#opening.set(id, resolve))
  }

  /** Turns stalls on or off. They are off at first. A stall that has started lasts to its end. */
  setStalls(isOn: boolean): void {
    this.#post({ kind: 'stalls', isOn })
  }

  /** Breaks all connections. */
  async close(): Promise<void> {
    const exited = once(this.#process, 'exit')
    this.#process.kill('SIGKILL')
    await exited
  }

  #post(request: NetworkRequest): void {
    this.#process.send(request)
  }
}
