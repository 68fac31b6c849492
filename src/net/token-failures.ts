import { setTimeout } from 'node:timers/promises'

/** How long somebody waits for the answer to a token that is none, so that nobody tries many. */
const FAILURE_DELAY_MS = 1_000

/** How many connections of one host, and of all hosts, may wait so. Further ones are closed at once, so that waiting costs little memory. */
const MAX_DELAYED_PER_HOST = 16
const MAX_DELAYED = 1_024

/** How many hosts are counted. Beyond that, the oldest count is dropped. */
const MAX_HOSTS = 10_000

/** The failures of one host. */
interface HostFailures {
  count: number
  delayed: number
}

/** A failure: how many the host has had, and what to wait for before it is answered; undefined if too many wait. */
interface TokenFailure {
  readonly count: number
  readonly delay: Promise<void> | undefined
}

/** Counts and delays the tokens that are refused, by host. */
export class TokenFailures {
  readonly #delayMs: number
  readonly #hosts = new Map<string, HostFailures>()
  #delayed = 0

  constructor(delayMs: number = FAILURE_DELAY_MS) {
    this.#delayMs = delayMs
  }

  /** Counts a failure of a host, see `hostOf`. The delay ends early when the signal is aborted. */
  add(host: string, signal?: AbortSignal): TokenFailure {
    const failures = this.#of(host)
    failures.count += 1
    if (failures.delayed >= MAX_DELAYED_PER_HOST || this.#delayed >= MAX_DELAYED)
      return { count: failures.count, delay: undefined }
    return { count: failures.count, delay: this.#delay(failures, signal) }
  }

  #of(host: string): HostFailures {
    const known = this.#hosts.get(host)
    if (known) return known
    const [oldest = ''] = this.#hosts.keys()
    if (this.#hosts.size >= MAX_HOSTS) this.#hosts.delete(oldest)
    const failures = { count: 0, delayed: 0 }
    this.#hosts.set(host, failures)
    return failures
  }

  async #delay(failures: HostFailures, signal: AbortSignal | undefined): Promise<void> {
    failures.delayed += 1
    this.#delayed += 1
    await setTimeout(this.#delayMs, undefined, { signal }).catch(() => undefined)
    failures.delayed -= 1
    this.#delayed -= 1
  }
}
