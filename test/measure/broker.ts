import { setTimeout as delay } from 'node:timers/promises'
import { join } from 'node:path'
import { NatsServer } from '../fixtures/nats-server.js'
import { newFolder } from './pair.js'
import type { Row } from './results.js'

/** By then a broker has released what it needed only while it was busy, such as blocks that it had read. */
const CALM_MS = 15_000
const ASK_MS = 20
const GIVE_UP_MS = 600_000

/** What the monitoring port says of the only stream, at /jsz. */
interface Streams {
  readonly account_details?: readonly {
    readonly stream_detail?: readonly { readonly state: { readonly messages: number } }[]
  }[]
}

/** A real broker whose memory and disk are measured. */
export class Broker {
  readonly nats: NatsServer
  readonly #clients: number
  /** Its memory before it stored anything. */
  #emptyBytes = 0
  readonly #ends: (() => unknown)[]

  private constructor(nats: NatsServer, clients: number, ends: (() => unknown)[]) {
    this.nats = nats
    this.#clients = clients
    this.#ends = ends
  }

  /** Starts one for so many clients. */
  static async start(clients: number): Promise<Broker> {
    const ends: (() => unknown)[] = []
    const owner = {
      testdirName: join(newFolder(), 'broker'),
      teardown: (end: () => unknown): void => void ends.push(end),
    }
    const broker = new Broker(await NatsServer.start(owner), clients, ends)
    broker.#emptyBytes = broker.nats.residentBytes
    return broker
  }

  /** Resolves when its stream holds a message of each client, to the time. */
  async filled(): Promise<number> {
    const deadline = performance.now() + GIVE_UP_MS
    for (;;) {
      const messages = await this.#messages()
      const now = performance.now()
      if (messages >= this.#clients) return now
      if (now > deadline) throw new Error(`${messages} messages of ${this.#clients} are stored`)
      await delay(ASK_MS)
    }
  }

  /** The rows of its memory and disk, once it is at rest. */
  async sizes(of: string, when: string): Promise<Row[]> {
    await delay(CALM_MS)
    const { residentBytes, storedBytes } = this.nats
    return [
      sizeRow(`memory of the broker ${when}`, of, residentBytes - this.#emptyBytes, this.#clients),
      sizeRow(`disk of the broker ${when}`, of, storedBytes, this.#clients),
    ]
  }

  /** Stops it cleanly and starts it again. Returns how long it took to start, in milliseconds. */
  async restart(): Promise<number> {
    await this.nats.stop()
    const startMs = performance.now()
    await this.nats.restart()
    return performance.now() - startMs
  }

  async close(): Promise<void> {
    for (const end of this.#ends) await end()
  }

  async #messages(): Promise<number> {
    const { account_details: accounts = [] } = (await this.nats.monitored('/jsz?streams=true')) as Streams
    return accounts[0]?.stream_detail?.[0]?.state.messages ?? 0
  }
}

function sizeRow(what: string, of: string, bytes: number, clients: number): Row {
  const mebibytes = Math.round(bytes / 2 ** 20)
  const figure = `${Math.round(bytes / clients)} bytes per client (${mebibytes} MiB)`
  return { what, of, figure, target: undefined, isMet: true }
}
