import pLimit from 'p-limit'
import { cutPlaces, readPlaces, uncut, type PlacesText } from './cut.js'
import { legacyFailure } from './legacy.js'
import { PlacesFault, type PlacesProvider, type PlacesQuery } from './provider.js'

/** How long a look-up may take, its waiting and retries included: after this a person has stopped watching. */
export const TIMEOUT_MS = 5_000

/** Calls of one server under way at once: enough to hide a slow service, few enough not to be taken for an attack. */
export const MAX_CALLS = 64

/** Calls that wait for one of those to end: with a service that takes 0.3 s, about as many as are done within the timeout. */
export const MAX_WAITING_CALLS = 1_024

/** A call of the provider that has ended. */
export interface PlacesCall {
  readonly provider: string
  readonly tookMs: number
  /** `ok`, or what went wrong. */
  readonly outcome: string
  /** What the service wrote about that, for the log alone: one line, without the key. */
  readonly detail?: string
}

/** What one server knows of places. */
export class Places {
  readonly #provider: PlacesProvider
  readonly #onCall: (call: PlacesCall) => void
  readonly #timeoutMs: number
  readonly #slots = pLimit(MAX_CALLS)
  readonly #underWay = new Map<string, Promise<PlacesText>>()
  // Where there is nothing, a service says so in the same words again and again.
  #last: PlacesText | undefined

  constructor(
    provider: PlacesProvider,
    onCall: (call: PlacesCall) => void = () => undefined,
    timeoutMs: number = TIMEOUT_MS,
  ) {
    this.#provider = provider
    this.#onCall = onCall
    this.#timeoutMs = timeoutMs
  }

  /**
   * The Places JSON of a WHATSAT, as latin1 text without its two newlines, with at most `most` results. Never rejects: a
   * failure is JSON of the same form, without results and with words for the person who asked.
   */
  async find(query: PlacesQuery, most: number): Promise<string> {
    const { none } = this.#provider
    if (most === 0 && none !== undefined) return none
    return cutPlaces(await this.#share(query), most)
  }

  // Whoever asks the same while it is being asked gets the same answer; how much of it is each one's own affair.
  #share(query: PlacesQuery): Promise<PlacesText> {
    const { position, radiusKm } = query
    const what = `${position.latitude} ${position.longitude} ${radiusKm}`
    const underWay = this.#underWay.get(what)
    if (underWay) return underWay
    const call = this.#call(query).finally(() => this.#underWay.delete(what))
    this.#underWay.set(what, call)
    return call
  }

  async #call(query: PlacesQuery): Promise<PlacesText> {
    const provider = this.#provider.name
    const startedAt = performance.now()
    const { fault, places } = await this.#ask(query).then(
      (places) => ({ fault: undefined, places }),
      (error: unknown) => {
        // The message of any other error is not ours, and may hold the URL with the key.
        const fault = error instanceof PlacesFault ? error : new PlacesFault('failed')
        const words = `the places service "${provider}" ${fault.message}`
        return { fault, places: uncut(legacyFailure(words)) }
      },
    )
    const tookMs = Math.round(performance.now() - startedAt)
    const detail = fault?.detail
    this.#onCall({
      provider,
      tookMs,
      outcome: fault?.message ?? 'ok',
      ...(detail !== undefined && { detail }),
    })
    return places
  }

  async #ask(query: PlacesQuery): Promise<PlacesText> {
    if (this.#slots.pendingCount >= MAX_WAITING_CALLS)
      throw new PlacesFault('was not asked: too many place look-ups at once')
    const answer = await within(this.#timeoutMs, (signal) =>
      this.#slots(() => {
        signal.throwIfAborted()
        return this.#provider.nearby(query, signal)
      }),
    )
    if (this.#last?.text !== answer) this.#last = readPlaces(answer)
    return this.#last
  }
}

/** Rejects when the time is up, whether or not what is under way heeds its signal. */
async function within<T>(timeoutMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      // In this order: what is aborted fails too, but that is not the reason.
      reject(new PlacesFault(`gave no answer within ${timeoutMs / 1_000} s`))
      controller.abort()
    }, timeoutMs)
  })
  try {
    return await Promise.race([tooLate, work(controller.signal)])
  } finally {
    clearTimeout(timer)
  }
}
