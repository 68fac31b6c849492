import type { PlacesText } from './places-text.js'

/** How long an answer is used again. Places change seldom, and the terms of the services allow caching only briefly. */
export const CACHE_MS = 60_000

/** The maximum size of all cached answers: about 500 answers of twenty places from a service, 2,500 embedded ones. */
export const MAX_CACHE_BYTES = 16 * 1024 * 1024

/** What a cached answer costs in memory besides its text. */
const ANSWER_BYTES = 1024

interface CachedAnswer {
  readonly places: PlacesText
  readonly expiresAt: number
}

/** Keeps good answers for a while, by query. When it is full, the oldest are removed. */
export class AnswerCache {
  readonly #now: () => number
  /** In the order of their age. */
  readonly #answers = new Map<string, CachedAnswer>()
  #bytes = 0

  /** `now` is a clock in milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now
  }

  get(query: string): PlacesText | undefined {
    const answer = this.#answers.get(query)
    return answer && answer.expiresAt > this.#now() ? answer.places : undefined
  }

  set(query: string, places: PlacesText): void {
    this.#remove(query)
    this.#answers.set(query, { places, expiresAt: this.#now() + CACHE_MS })
    this.#bytes += sizeOf(places)
    for (const [oldest, { expiresAt }] of this.#answers) {
      if (this.#bytes <= MAX_CACHE_BYTES && expiresAt > this.#now()) break
      this.#remove(oldest)
    }
  }

  #remove(query: string): void {
    const answer = this.#answers.get(query)
    if (!answer) return
    this.#answers.delete(query)
    this.#bytes -= sizeOf(answer.places)
  }
}

function sizeOf({ text }: PlacesText): number {
  return ANSWER_BYTES + text.length
}
