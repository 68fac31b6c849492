/** How often a route was asked, by method and status. */
export interface RouteCount {
  readonly method: string
  /** A path such as `/v1/clients/{id}`, or `other` for all paths that do not exist. */
  readonly route: string
  readonly status: string
  count: number
}

/** The HTTP requests to one server. */
export class HttpTraffic {
  readonly #counts = new Map<string, RouteCount>()
  readonly #open: { readonly size: number }
  /** How many of them are streams of events. */
  streams = 0

  /** `open` has the connections that are open. */
  constructor(open: { readonly size: number }) {
    this.#open = open
  }

  /** How many connections are open. */
  get connections(): number {
    return this.#open.size
  }

  /** A request was answered. */
  answered(method: string, route: string | undefined, status: number): void {
    const key = `${method} ${route} ${status}`
    const count = this.#counts.get(key) ?? {
      method,
      route: route ?? 'other',
      status: String(status),
      count: 0,
    }
    count.count += 1
    this.#counts.set(key, count)
  }

  get counts(): readonly RouteCount[] {
    return [...this.#counts.values()]
  }
}
