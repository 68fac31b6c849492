import { setTimeout } from 'node:timers/promises'

/** How long somebody waits for the answer to a token that is none, so that nobody tries many. */
const FAILURE_DELAY_MS = 1_000

/** How many connections of one host, and of all hosts, may wait so. Who finds no room is cut off, so that waiting costs little memory. */
const MAX_WAITING_PER_HOST = 16
const MAX_WAITING = 1_024

/** How many hosts are counted. Beyond that, the oldest count is dropped. */
const MAX_HOSTS = 10_000

/** The failures of one host. */
interface HostFailures {
  count: number
  waiting: number
}

/** Counts and delays the tokens that are refused, by host; see `hostOf`. */
export class TokenFailures {
  readonly #delayMs: number
  readonly #hosts = new Map<string, HostFailures>()
  #waiting = 0

  constructor(delayMs: number = FAILURE_DELAY_MS) {
    this.#delayMs = delayMs
  }

  /** Counts a failure of a host. Returns how many it has had. */
  count(host: string): number {
    const failures = this.#of(host)
    failures.count += 1
    return failures.count
  }

  /** Waits, but no longer than until the signal is aborted. Resolves to whether there was room to wait. */
  async wait(host: string, signal?: AbortSignal): Promise<boolean> {
    const failures = this.#of(host)
    if (failures.waiting >= MAX_WAITING_PER_HOST || this.#waiting >= MAX_WAITING) return false
    failures.waiting += 1
    this.#waiting += 1
    await setTimeout(this.#delayMs, undefined, { signal }).catch(() => undefined)
    failures.waiting -= 1
    this.#waiting -= 1
    return true
  }

  #of(host: string): HostFailures {
    const known = this.#hosts.get(host)
    if (known) return known
    const [oldest = ''] = this.#hosts.keys()
    if (this.#hosts.size >= MAX_HOSTS) this.#hosts.delete(oldest)
    const failures = { count: 0, waiting: 0 }
    this.#hosts.set(host, failures)
    return failures
  }
}
