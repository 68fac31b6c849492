import type { JetStreamManager, StreamInfo } from '@nats-io/jetstream'
import type { ConnectionOptions, Msg, NatsConnection, ServerInfo } from '@nats-io/transport-node'
import {
  BrokerError,
  type Broker,
  type BrokerConnection,
  type BrokerEvents,
  type StreamState,
} from './broker.js'
import { toText } from '../protocol/bytes.js'
import { brokerErrorText } from './broker-error-text.js'
import { closeOnFailure } from './close-on-failure.js'
import { readStream } from './read-stream.js'
import { configFaults, MAX_MESSAGE_BYTES, streamConfig } from './stream-config.js'
import type { Subjects } from './subjects.js'

/** A broker that does not accept a connection in this time is given up, and another one is tried. */
const CONNECT_TIMEOUT_MS = 5_000

/** A request that takes longer has failed. */
const REQUEST_TIMEOUT_MS = 5_000

/** A broker that leaves two of these unanswered is gone. */
const PING_MS = 5_000
const MAX_PINGS = 2

/** The oldest version that has all that is used. */
const OLDEST = { major: 2, minor: 9 }

/** In a cluster, the stream is kept by so many servers, so that it survives the loss of one. */
const REPLICAS_IN_CLUSTER = 3

/** The code of an error of JetStream. */
const STREAM_NOT_FOUND = 10_059

/** The status of a message that has reached nobody. */
const NO_RESPONDERS = 503

/** How to reach a broker. */
export interface NatsOptions {
  readonly subjects: Subjects
  /** The name of the connection, for who runs the broker. */
  readonly name: string
  /** Addresses of its servers, as HOST:PORT. */
  readonly servers: readonly string[]
  /** The JetStream domain of the stream, if the servers are leaf nodes of a broker that has it. */
  readonly domain: string | undefined
  /** Credentials and TLS. Called for each connection, since files may have changed. */
  readonly access: () => Pick<ConnectionOptions, 'authenticator' | 'tls'>
}

/** A NATS server or cluster with JetStream. */
export class NatsBroker implements Broker {
  readonly #options: NatsOptions

  constructor(options: NatsOptions) {
    this.#options = options
  }

  async connect(events: BrokerEvents): Promise<BrokerConnection> {
    const { subjects } = this.#options
    const { createInbox } = await import('@nats-io/transport-node')
    const { nats, manager } = await connectTo(this.#options)
    return new NatsSession({ nats, manager, subjects, inbox: createInbox(), events })
  }
}

/** Connects to a broker and its JetStream. Rejects with a BrokerError if that fails. */
export async function connectTo({
  servers,
  name,
  domain,
  access,
}: Omit<NatsOptions, 'subjects'>): Promise<{ nats: NatsConnection; manager: JetStreamManager }> {
  const { connect } = await import('@nats-io/transport-node')
  const { jetstreamManager } = await import('@nats-io/jetstream')
  const options = {
    servers: [...servers],
    name,
    timeout: CONNECT_TIMEOUT_MS,
    pingInterval: PING_MS,
    maxPingOut: MAX_PINGS,
    // The carrier decides when to connect again; the client would also keep what was published meanwhile, without limit.
    reconnect: false,
    noEcho: true,
    noAsyncTraces: true,
    ...access(),
  }
  const jetStream = { timeout: REQUEST_TIMEOUT_MS, checkAPI: false, ...(domain !== undefined && { domain }) }
  const nats = await orFail(closeOnFailure(() => connect(options)))
  try {
    checkServer(nats.info)
    const manager = await orFail(jetstreamManager(nats, jetStream))
    return { nats, manager }
  } catch (error) {
    await nats.close()
    throw error
  }
}

interface SessionParts {
  readonly nats: NatsConnection
  readonly manager: JetStreamManager
  readonly subjects: Subjects
  /** The start of the subjects by which the stream confirms messages. */
  readonly inbox: string
  readonly events: BrokerEvents
}

class NatsSession implements BrokerConnection {
  readonly #nats: NatsConnection
  readonly #manager: JetStreamManager
  readonly #subjects: Subjects
  readonly #confirmations: string
  /** Ends reading. */
  readonly #ended = new AbortController()
  /** What this carrier may not do, if the broker has said so. */
  #denied: string | undefined
  #isClosed = false

  constructor({ nats, manager, subjects, inbox, events }: SessionParts) {
    this.#nats = nats
    this.#manager = manager
    this.#subjects = subjects
    this.#confirmations = `${inbox}.`
    const received = (error: Error | null, { subject, data }: Msg): void => {
      if (!error) events.received(subject, data)
    }
    nats.subscribe(subjects.reports, { callback: received })
    nats.subscribe(subjects.notices, { callback: received })
    nats.subscribe(`${this.#confirmations}*`, {
      callback: (error, message) => {
        if (error) return
        events.confirmed(Number(message.subject.slice(this.#confirmations.length)), refusalIn(message))
      },
    })
    void this.#watch()
    void nats.closed().then((error) => {
      this.#ended.abort()
      if (this.#isClosed) return
      events.closed(error instanceof Error ? brokerErrorText(error) : 'it closed the connection')
    })
  }

  publish(subject: string, message: Uint8Array, number?: number): void {
    const options = number === undefined ? undefined : { reply: `${this.#confirmations}${number}` }
    // The client throws then, some time before it reports that the connection has ended.
    if (!this.#nats.isClosed()) this.#nats.publish(subject, message, options)
  }

  async flush(): Promise<void> {
    await orFail(this.#nats.flush())
  }

  async inspect(): Promise<StreamState> {
    if (this.#denied !== undefined) throw new BrokerError(this.#denied)
    const wanted = streamConfig(this.#subjects.stream, this.#subjects.reports)
    const info = (await this.#find()) ?? (await this.#create(wanted))
    const faults = configFaults(wanted, info.config)
    if (faults.length > 0)
      throw new BrokerError(`its stream ${wanted.name} has another configuration: ${faults.join('; ')}`)
    const { state, created } = info
    return { identity: created, last: state.last_seq, messages: state.messages }
  }

  read(
    from: number,
    to: number,
    onMessage: (number: number, subject: string, message: Uint8Array) => void,
  ): Promise<void> {
    const { stream } = this.#subjects
    return orFail(
      readStream({ manager: this.#manager, stream, from, to, signal: this.#ended.signal, onMessage }),
    )
  }

  async close(): Promise<void> {
    this.#isClosed = true
    this.#ended.abort()
    await this.#nats.drain().catch(() => this.#nats.close())
  }

  /** Notes what the broker does not permit: it says so after the fact, and only here. */
  async #watch(): Promise<void> {
    for await (const status of this.#nats.status())
      if (status.type === 'error')
        this.#denied = `it does not permit what a carrier does: ${status.error.message}`
  }

  #find(): Promise<StreamInfo | undefined> {
    return orFail(
      this.#manager.streams.info(this.#subjects.stream).catch((error: unknown) => {
        if ((error as { code?: number }).code === STREAM_NOT_FOUND) return undefined
        throw error
      }),
    )
  }

  async #create(wanted: ReturnType<typeof streamConfig>): Promise<StreamInfo> {
    const add = (replicas: number): Promise<StreamInfo> =>
      this.#manager.streams.add({ ...wanted, num_replicas: replicas })
    if (this.#nats.info?.cluster === undefined) return orFail(add(1))
    // A cluster of two servers cannot keep three replicas.
    return orFail(add(REPLICAS_IN_CLUSTER).catch(() => add(1)))
  }
}

/** Throws a BrokerError if a server cannot do what a carrier needs. */
function checkServer({ version = '', max_payload: most = 0 }: Partial<ServerInfo> = {}): void {
  const [major = 0, minor = 0] = version.split('.').map(Number)
  if (major < OLDEST.major || (major === OLDEST.major && minor < OLDEST.minor))
    throw new BrokerError(`it is nats-server ${version}; at least ${OLDEST.major}.${OLDEST.minor} is needed`)
  // The client throws if a message is longer.
  if (most < MAX_MESSAGE_BYTES)
    throw new BrokerError(`its max_payload is ${most}; at least ${MAX_MESSAGE_BYTES} is needed`)
}

/** Why the stream has refused a message; undefined if it has stored it. */
function refusalIn({ headers, data }: Msg): string | undefined {
  // Nobody has subscribed, not even the stream.
  if (headers?.code === NO_RESPONDERS) return 'it has no stream, or that has no leader now'
  const text = toText(data)
  if (!text.includes('"error"')) return undefined
  return /"description":\s*"([^"]*)"/.exec(text)?.[1] ?? 'it gives no reason'
}

/** Turns errors of the client into words. */
export async function orFail<T>(task: Promise<T>): Promise<T> {
  try {
    return await task
  } catch (error) {
    if (error instanceof BrokerError) throw error
    throw new BrokerError(brokerErrorText(error as Error))
  }
}
