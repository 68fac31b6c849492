/** How many bytes may be on their way to the stream. With a round trip of 50 ms, some 20 MB/s. */
export const MAX_UNSTORED_BYTES = 1024 * 1024

/** How many messages may be: each costs some memory beyond its bytes. */
export const MAX_UNSTORED_MESSAGES = 4_096

/** The stream confirms a message within this time, or it counts as not stored. */
export const STORE_TIMEOUT_MS = 5_000

/** After the stream has refused a message, this long passes until the next attempt. */
export const RETRY_MS = 1_000

/** A stream that has stored so many messages in a row after a fault works again. */
const HEALED_MESSAGES = 64

/** A message that the stream has not confirmed yet. */
interface Unstored {
  readonly client: Uint8Array
  readonly bytes: number
  readonly dueAt: number
}

/**
 * Decides how much may be published. Times are milliseconds of a clock that never steps.
 *
 * As long as the stream stores what it is sent, unconfirmed messages are limited. When it does not, news still goes to the other carriers, and
 * the stream is tried with one message after a pause, then with two, four, and so on. The caller publishes the newest report of a client again
 * if a message with an older one was not stored.
 */
export class PublishWindow {
  readonly #unstored = new Map<number, Unstored>()
  #unstoredBytes = 0
  #next = 1
  /** How many messages may be unconfirmed at present. */
  #limit = MAX_UNSTORED_MESSAGES
  /** Why the stream has stored nothing since `#retryAt` was set; undefined if it has. */
  #failure: string | undefined
  #fault: string | undefined
  /** The number of the first message that was published after the failure. */
  #firstAttempt = 0
  #retryAt = -Infinity
  /** Bytes of live messages that want no confirmation, since all was last known to have left. */
  #unflushedBytes = 0

  /** What is wrong with the stream; undefined if it stores what it is sent, as far as is known. */
  get fault(): string | undefined {
    return this.#fault
  }

  /** How many messages wait for confirmation. */
  get unstored(): number {
    return this.#unstored.size
  }

  /** Whether all that was published must leave before more is published. */
  get needsFlush(): boolean {
    return this.#unflushedBytes >= MAX_UNSTORED_BYTES
  }

  /** When a message expires or the stream may be tried again, after `now`; Infinity for never. */
  wakeAt(now: number): number {
    const [oldest] = this.#unstored.values()
    if (oldest) return oldest.dueAt
    return this.isLiveOnly && now < this.#retryAt ? this.#retryAt : Infinity
  }

  /** Whether news is not confirmed by the stream, since that does not store it: it must be published again later. */
  get isLiveOnly(): boolean {
    return this.#failure !== undefined
  }

  /** Whether a new report may be published now. */
  get mayPublish(): boolean {
    return this.isLiveOnly ? !this.needsFlush : this.#hasRoom
  }

  /** Whether a report may be published now that the stream lacks. */
  mayRepair(now: number): boolean {
    return this.isLiveOnly ? this.#unstored.size === 0 && now >= this.#retryAt : this.#hasRoom
  }

  /** A message of so many bytes that wants no confirmation is published. */
  publishedLive(bytes: number): void {
    this.#unflushedBytes += bytes
  }

  /** A message with the report of a client is published. Returns the number by which the stream confirms it. */
  published(client: Uint8Array, bytes: number, now: number): number {
    const number = this.#next
    this.#next += 1
    this.#unstored.set(number, { client, bytes, dueAt: now + STORE_TIMEOUT_MS })
    this.#unstoredBytes += bytes
    return number
  }

  /** The stream has stored a message. */
  stored(number: number): void {
    if (!this.#take(number) || number < this.#firstAttempt) return
    this.#failure = undefined
    this.#limit = Math.min(MAX_UNSTORED_MESSAGES, this.#limit + 1)
    if (this.#limit >= HEALED_MESSAGES) this.#fault = undefined
  }

  /** The stream has refused a message. Returns the client whose report must be published again. */
  refused(number: number, why: string, now: number): Uint8Array | undefined {
    const client = this.#take(number)
    if (client) this.#fail(why, now)
    return client
  }

  /** Returns the clients whose messages were not confirmed in time. */
  expire(now: number): Uint8Array[] {
    const clients: Uint8Array[] = []
    for (const [number, { dueAt, client }] of this.#unstored) {
      if (dueAt > now) break
      this.#take(number)
      clients.push(client)
    }
    if (clients.length > 0)
      this.#fail(`it does not confirm reports within ${STORE_TIMEOUT_MS / 1_000} s`, now)
    return clients
  }

  /** Everything that was published has left. */
  flushed(): void {
    this.#unflushedBytes = 0
  }

  /** Nothing is left to publish, and the stream has confirmed everything. */
  finished(): void {
    if (this.#failure === undefined) this.#fault = undefined
  }

  /** The connection is lost. Returns the clients whose messages were not confirmed. */
  reset(): Uint8Array[] {
    const clients = Array.from(this.#unstored.values(), ({ client }) => client)
    this.#unstored.clear()
    this.#unstoredBytes = 0
    this.#unflushedBytes = 0
    this.#failure = undefined
    this.#fault = undefined
    return clients
  }

  get #hasRoom(): boolean {
    return this.#unstored.size < this.#limit && this.#unstoredBytes < MAX_UNSTORED_BYTES
  }

  #take(number: number): Uint8Array | undefined {
    const message = this.#unstored.get(number)
    if (!message) return undefined
    this.#unstored.delete(number)
    this.#unstoredBytes -= message.bytes
    return message.client
  }

  #fail(why: string, now: number): void {
    this.#failure = why
    this.#fault = why
    this.#limit = 1
    this.#firstAttempt = this.#next
    this.#retryAt = now + RETRY_MS
  }
}
