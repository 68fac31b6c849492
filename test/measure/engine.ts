import { jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { newHerdKey, parseHerdKeys, type HerdKeys } from '../../src/net/herd-key.js'
import { natsServerMissing } from '../fixtures/nats-server.js'
import { statusAt } from '../fixtures/server-queries.js'
import { Broker } from './broker.js'
import { newFolder } from './pair.js'
import { milliseconds, type Row } from './results.js'
import { sendAll, Servers } from './servers.js'
import type { Settings } from './settings.js'

/** Two carriers without a link, so that all goes over the engine. The second one is late. */
const CARRIER = 'Clark'
const LATE = 'Bernard'

/** How many reports are sent at a time. */
const BATCH = 50_000

/** How often a server is asked for its status, which costs it time. */
const ASK_MS = 50
const GIVE_UP_MS = 600_000

/** What an engine costs that holds many clients, and how soon it and its servers have all reports again; without and with a herd key. */
export async function engine(settings: Settings, say: (words: string) => void): Promise<Row[]> {
  if (natsServerMissing !== false) {
    say(`left out: ${natsServerMissing}`)
    return []
  }
  const rows: Row[] = []
  for (const hasKey of settings.keys) {
    const broker = await Broker.start(settings.clients)
    const servers = await Servers.prepare({ servers: [CARRIER, LATE], links: [] })
    try {
      const keyText = hasKey ? newHerdKey() : undefined
      rows.push(...(await new Measurement(settings.clients, { broker, servers, keyText, say }).run()))
    } finally {
      await servers.close()
      await broker.close()
    }
  }
  return rows
}

interface TestBed {
  readonly broker: Broker
  readonly servers: Servers
  readonly keyText: string | undefined
  readonly say: (words: string) => void
}

class Measurement {
  readonly #clients: number
  readonly #bed: TestBed
  readonly #of: string
  readonly #keys: HerdKeys | undefined
  readonly #flags: readonly string[]
  readonly #rows: Row[] = []

  constructor(clients: number, bed: TestBed) {
    const { broker, keyText } = bed
    const keyFile = join(newFolder(), 'herd.key')
    if (keyText !== undefined) writeFileSync(keyFile, keyText, { mode: 0o600 })
    this.#clients = clients
    this.#bed = bed
    this.#of = `${clients} clients, ${keyText === undefined ? 'no key' : 'herd key'}`
    this.#keys = keyText === undefined ? undefined : parseHerdKeys(keyText, keyFile)
    const keyFlags = keyText === undefined ? [] : ['--herd-key', keyFile]
    this.#flags = ['--engine', broker.nats.url, '--no-store', '--log', 'links', ...keyFlags]
  }

  async run(): Promise<Row[]> {
    const { broker, servers } = this.#bed
    await servers.start(CARRIER, this.#flags)
    await this.#timed('publishing all', () => this.#report(0))
    await this.#sizes('after all were published')
    await this.#timed('publishing one update of each', () => this.#report(1))
    await this.#sizes('after one update of each')
    await this.#timed('restart of the broker', () => broker.restart())
    await this.#sizes('after its restart')
    await this.#timed('a late joiner has all', () => this.#join())
    await this.#timed('all published after the stream was deleted', () => this.#deleteStream())
    return this.#rows
  }

  /** Reports each client once. Returns how long that took until the stream had all, in milliseconds. */
  async #report(time: number): Promise<number> {
    const { broker, servers } = this.#bed
    const startMs = performance.now()
    for (let first = 0; first < this.#clients; first += BATCH)
      await sendAll(servers.port(CARRIER), reportsOf(first, Math.min(first + BATCH, this.#clients), time))
    await this.#until(async () => (await this.#pending()) === 0)
    return (await broker.filled()) - startMs
  }

  /** Starts a server without reports. Returns how long it takes from when it listens until its digest is equal, in milliseconds. */
  async #join(): Promise<number> {
    const { servers } = this.#bed
    const { digest } = await this.#status(CARRIER)
    const startedAt = await servers.start(LATE, this.#flags)
    await this.#until(async () => (await this.#status(LATE)).digest === digest)
    const ms = performance.now() - startedAt
    // Alone, the other one publishes all.
    await servers.stop(LATE)
    return ms
  }

  async #deleteStream(): Promise<number> {
    const { broker } = this.#bed
    const nats = await connect({ servers: broker.nats.url })
    const { streams } = await jetstreamManager(nats)
    const startMs = performance.now()
    for await (const name of streams.names()) await streams.delete(name)
    await nats.close()
    return (await broker.filled()) - startMs
  }

  async #timed(what: string, work: () => Promise<number>): Promise<void> {
    this.#bed.say(`${this.#of}: ${what}`)
    const figure = milliseconds(await work())
    this.#rows.push({ what, of: this.#of, figure, target: undefined, isMet: true })
  }

  async #sizes(when: string): Promise<void> {
    this.#rows.push(...(await this.#bed.broker.sizes(this.#of, when)))
  }

  async #until(isReached: () => Promise<boolean>): Promise<void> {
    const deadline = performance.now() + GIVE_UP_MS
    while (!(await isReached())) {
      if (performance.now() > deadline) throw new Error(`${this.#of}: not done in ${GIVE_UP_MS / 1_000} s`)
      await delay(ASK_MS)
    }
  }

  /** How many reports the stream has not stored yet. */
  async #pending(): Promise<number> {
    const { links } = await this.#status(CARRIER)
    return links.reduce((sum, link) => sum + (link.state === 'up' ? link.pending : Infinity), 0)
  }

  #status(name: string): ReturnType<typeof statusAt> {
    return statusAt(this.#bed.servers.port(name), this.#keys)
  }
}

function reportsOf(from: number, to: number, time: number): string[] {
  return Array.from(
    { length: to - from },
    (_, n) =>
      `IAMAT client-${String(from + n).padStart(8, '0')}.test +34.068930-118.445127 ${1_700_000_000 + time}.959498503`,
  )
}
