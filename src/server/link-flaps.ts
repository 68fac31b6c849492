import type { LinkNews, ServerOptions } from './server-options.js'

/** A link flaps if it is lost this often within this time. Somebody who restarts a neighbour a few times does not cause that. */
const FLAP_LOSSES = 5
const FLAP_WINDOW_MS = 60_000

/** Flapping is over when a link has not changed for this long. */
const CALM_MS = 60_000

interface LinkHistory {
  /** When the link was lost lately. */
  losses: number[]
  /** While the link flaps: runs out when it has not changed for long. */
  timer: NodeJS.Timeout | undefined
  /** The latest change of a link that flaps. */
  latest: LinkNews
}

/** Logs and reports changes of links. Of a link that flaps, it does so when that begins, and with its state when it is over. */
export class LinkFlaps {
  readonly #parts: Pick<ServerOptions, 'log' | 'onLink'>
  readonly #calmMs: number
  readonly #links = new Map<string, LinkHistory>()

  constructor(parts: Pick<ServerOptions, 'log' | 'onLink'>, calmMs = CALM_MS) {
    this.#parts = parts
    this.#calmMs = calmMs
  }

  update(news: LinkNews): void {
    const link = this.#links.get(news.neighbour) ?? { losses: [], timer: undefined, latest: news }
    this.#links.set(news.neighbour, link)
    if (!link.timer) {
      const now = performance.now()
      if (news.what === 'lost') link.losses = [...link.losses.filter((at) => at > now - FLAP_WINDOW_MS), now]
      if (link.losses.length < FLAP_LOSSES) {
        this.#report(news)
        return
      }
      const seconds = Math.ceil((now - (link.losses[0] as number)) / 1_000)
      const why = `lost ${FLAP_LOSSES} times in ${seconds} s, the last time: ${news.why}`
      this.#report({ ...news, what: 'flapping', why })
    }
    this.#holdBack(link, news)
  }

  /** Reports nothing more of links that flap. */
  close(): void {
    for (const { timer } of this.#links.values()) clearTimeout(timer)
  }

  #report(news: LinkNews): void {
    const { neighbour, what, why } = news
    this.#parts.log.write({ kind: 'link', neighbour, what, ...(why !== '' && { why }) })
    this.#parts.onLink(news)
  }

  #holdBack(link: LinkHistory, news: LinkNews): void {
    link.latest = news
    clearTimeout(link.timer)
    link.timer = setTimeout(() => {
      link.timer = undefined
      link.losses = []
      this.#report(link.latest)
    }, this.#calmMs)
    link.timer.unref()
  }
}
