import pLimit from 'p-limit'
import { cutPlaces, readPlaces, uncut, type PlacesText } from './places-text.js'
import { legacyFailure } from './legacy-answer.js'
import { PlacesError, type PlacesProvider, type PlacesQuery } from './provider.js'

/** The longest time of a look-up, including waiting and retries. Nobody waits longer. */
export const TIMEOUT_MS = 5_000

/** The most concurrent calls of one server: enough to hide a slow service, few enough not to look like an attack. */
export const MAX_CALLS = 64

/** The most waiting calls: with a service that takes 0.3 s, about as many as can be done within the timeout. */
export const MAX_WAITING_CALLS = 1_024

/** A call of the provider that has ended. */
export interface PlacesCall {
  readonly provider: string
  readonly tookMs: number
  /** `ok`, or what went wrong. */
  readonly outcome: string
  /** What the service wrote about it, for the log only: one line, without the key. */
  readonly detail?: string
}

/** Answers the place look-ups of one server. */
export class Places {
  readonly #provider: PlacesProvider
  readonly #onCall: (call: PlacesCall) => void
  readonly #timeoutMs: number
  readonly #slots = pLimit(MAX_CALLS)
  readonly #inProgress = new Map<string, Promise<PlacesText>>()
  // Where there are no places, a service sends the same text again and again.
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
   * The Places JSON of a WHATSAT, as latin1 text without its two newlines, with at most `most` results. Never rejects: a failure is
   * JSON of the same form, without results and with an error message.
   */
  async find(query: PlacesQuery, most: number): Promise<string> {
    const { none } = this.#provider
    if (most === 0 && none !== undefined) return none
    return cutPlaces(await this.#share(query), most)
  }

  // Equal queries share the call in progress; each cuts the answer to its own number of results.
  #share(query: PlacesQuery): Promise<PlacesText> {
    const { position, radiusKm } = query
    const what = `${position.latitude} ${position.longitude} ${radiusKm}`
    const inProgress = this.#inProgress.get(what)
    if (inProgress) return inProgress
    const call = this.#call(query).finally(() => this.#inProgress.delete(what))
    this.#inProgress.set(what, call)
    return call
  }

  async #call(query: PlacesQuery): Promise<PlacesText> {
    const provider = this.#provider.name
    const startedAt = performance.now()
    const { fault, places } = await this.#ask(query).then(
      (places) => ({ fault: undefined, places }),
      (error: unknown) => {
        // The message of any other error may contain the URL with the key.
        const fault = error instanceof PlacesError ? error : new PlacesError('failed')
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
      throw new PlacesError('was not asked: too many place look-ups at once')
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

/** Rejects when the time is up, even if the work ignores its signal. */
async function within<T>(timeoutMs: number, work: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const controller = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const tooLate = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      // First the reason, because aborting makes the work fail too.
      reject(new PlacesError(`gave no answer within ${timeoutMs / 1_000} s`))
      controller.abort()
    }, timeoutMs)
  })
  try {
    return await Promise.race([tooLate, work(controller.signal)])
  } finally {
    clearTimeout(timer)
  }
}
