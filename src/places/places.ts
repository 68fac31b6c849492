import { AnswerCache } from './answer-cache.js'
import { CallPace } from './call-pace.js'
import { CallQueue } from './call-queue.js'
import { legacyFailure } from './legacy-answer.js'
import { cutPlaces, readPlaces, uncut, type PlacesText } from './places-text.js'
import { PlacesError, type PlacesProvider, type PlacesQuery } from './provider.js'
import { WorkQueue } from './work-queue.js'

/** The longest time of a look-up at a service, including waiting and retries. Nobody waits longer. */
export const TIMEOUT_MS = 5_000

/** A call of the provider that has ended. */
export interface PlacesCall {
  readonly provider: string
  readonly tookMs: number
  /** `ok`, or what went wrong. */
  readonly outcome: string
  /** What the service wrote about it, for the log only: one line, without the key. */
  readonly detail?: string
}

/** What a client wants to know. */
export interface LookUp {
  /** The client's connection. All connections are served in turn. */
  readonly owner: object
  readonly query: PlacesQuery
  /** The maximum number of places. */
  readonly most: number
  /** Called when the provider was called for this look-up, or would have been; a cached answer needs no call. */
  readonly onCall?: (call: PlacesCall) => void
}

export interface PlacesLimits {
  /** The maximum number of calls of a service in any minute; 0, the default, for no limit. */
  readonly perMinute?: number
  /** The default is `TIMEOUT_MS`. */
  readonly timeoutMs?: number
}

/** Answers the place look-ups of the servers of one process. */
export class Places {
  readonly #provider: PlacesProvider
  readonly #cache = new AnswerCache()
  /** The work of look-ups. Whatever else takes long for a client is done in the same queue, so that all of it has one limit per turn. */
  readonly work = new WorkQueue()
  readonly #calls: CallQueue

  constructor(provider: PlacesProvider, { perMinute = 0, timeoutMs = TIMEOUT_MS }: PlacesLimits = {}) {
    this.#provider = provider
    this.#calls = new CallQueue(provider, new CallPace(perMinute), this.#cache, timeoutMs)
  }

  /**
   * The Places JSON of a WHATSAT, as latin1 text without its two newlines. Never rejects: a failure is JSON of the same form, without
   * results and with an error message. It stays pending if its owner is forgotten.
   */
  find(lookUp: LookUp): Promise<string> {
    const { owner, query, most } = lookUp
    const { none, isLocal } = this.#provider
    if (most === 0 && none !== undefined) return Promise.resolve(none)
    const { position, radiusKm } = query
    const key = `${position.latitude} ${position.longitude} ${radiusKm}`
    const cached = this.#cache.get(key)
    return new Promise((resolve) => {
      const answer = (places: PlacesText): void => {
        resolve(cutPlaces(places, most))
      }
      const answerInTurn = (places: PlacesText): void => {
        this.work.add(owner, () => {
          answer(places)
        })
      }
      if (cached) answerInTurn(cached)
      else if (isLocal)
        this.work.add(owner, async () => {
          answer(await this.#compute(lookUp, key))
        })
      else void this.#call(lookUp, key).then(answerInTurn)
    })
  }

  /** Drops the look-ups of a connection that is closed. */
  forget(owner: object): void {
    this.work.forget(owner)
    this.#calls.forget(owner)
  }

  #call(lookUp: LookUp, key: string): Promise<PlacesText> {
    const { owner, query } = lookUp
    return this.#calls
      .ask({ owner, query, key, ended: this.#reporter(lookUp) })
      .catch((fault: unknown) => this.#failure(fault as PlacesError))
  }

  /** The answer of a local provider, which takes only processor time. */
  async #compute(lookUp: LookUp, key: string): Promise<PlacesText> {
    const cached = this.#cache.get(key)
    if (cached) return cached
    const ended = this.#reporter(lookUp)
    try {
      const places = readPlaces(await this.#provider.nearby(lookUp.query, NEVER))
      this.#cache.set(key, places)
      ended()
      return places
    } catch (error) {
      const fault = error as PlacesError
      ended(fault)
      return this.#failure(fault)
    }
  }

  /** Returns a function that reports a call that begins now. */
  #reporter({ onCall }: LookUp): (fault?: PlacesError) => void {
    const startedAt = performance.now()
    return (fault) => {
      const tookMs = Math.round(performance.now() - startedAt)
      const { message: outcome, detail } = fault ?? { message: 'ok', detail: undefined }
      onCall?.({ provider: this.#provider.name, tookMs, outcome, ...(detail !== undefined && { detail }) })
    }
  }

  #failure({ message }: PlacesError): PlacesText {
    return uncut(legacyFailure(`the places service "${this.#provider.name}" ${message}`))
  }
}

const { signal: NEVER } = new AbortController()
