import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { LF } from '../../src/protocol/bytes.js'

const EVERY_MS = 5

/** A client that sends a short command every few milliseconds, answered or not, and records how long each answer takes. */
export class Probe {
  readonly #socket: Socket
  readonly #timer: NodeJS.Timeout
  /** When the unanswered commands were sent. */
  #asked: number[] = []
  #waits: number[] = []

  private constructor(socket: Socket) {
    this.#socket = socket
    socket.setNoDelay(true)
    socket.on('data', (bytes) => {
      for (const byte of bytes)
        if (byte === LF) this.#waits.push(performance.now() - (this.#asked.shift() as number))
    })
    this.#timer = setInterval(() => {
      this.#asked.push(performance.now())
      // No server has this client, so the answer is one line and nothing is looked up.
      socket.write('WHATSAT nobody 0 0\n')
    }, EVERY_MS)
  }

  static async start(port: number): Promise<Probe> {
    const socket = connect({ port, host: '127.0.0.1' })
    await once(socket, 'connect')
    return new Probe(socket)
  }

  /** Discards the waits measured so far. */
  reset(): void {
    this.#waits = []
  }

  /** The longest wait. */
  get longestMs(): number {
    const now = performance.now()
    return Math.max(0, ...this.#waits, ...this.#asked.map((at) => now - at))
  }

  /** The longest wait and some percentiles. */
  get words(): string {
    const now = performance.now()
    const waits = [...this.#waits, ...this.#asked.map((at) => now - at)].sort((a, b) => a - b)
    const at = (part: number): string => (waits[Math.ceil(part * waits.length) - 1] ?? NaN).toFixed(1)
    return `${waits.length} asked, median ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${at(1)} ms`
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer)
    this.#socket.destroy()
    await once(this.#socket, 'close')
  }
}
