import type { Ora } from 'ora'
import { toExcerpt } from '../log/escape-text.js'
import type { LinkNews } from '../server/server-options.js'
import type { Topology } from '../topology/topology.js'
import { wantsColour, type Streams } from './streams.js'

/** Tells a person what becomes of the links of a herd: each link once, though it may have both its ends in this process. */
export class LinkWatch {
  readonly #streams: Streams
  /** By the name of a link, the ends of it in this process that see it up. */
  readonly #seenUp = new Map<string, Set<string>>()
  readonly #endsHere = new Map<string, number>()
  readonly #up = new Set<string>()
  readonly #lost = new Set<string>()
  #spinner: Ora | undefined
  /** What happened before there was anybody to tell. */
  readonly #early: string[] = []
  #hasStarted = false
  #hasEnded = false

  constructor({ links }: Topology, names: readonly string[], streams: Streams) {
    this.#streams = streams
    for (const [a, b] of links) {
      const endsHere = [a, b].filter((end) => names.includes(end)).length
      if (endsHere > 0) this.#endsHere.set(linkName(a, b), endsHere)
    }
  }

  /** The person knows of the servers, and is told of their links from now on: on a terminal, until all are up, there is a spinner. */
  async start(): Promise<void> {
    const { stderr, env } = this.#streams
    this.#hasStarted = true
    for (const text of this.#early) this.say(text)
    if (this.#up.size === this.#endsHere.size) return
    if (!wantsColour(stderr, env)) return
    // Only here, because loading it takes longer than the servers take to link.
    const { default: ora } = await import('ora')
    if (this.#up.size < this.#endsHere.size)
      this.#spinner = ora({ text: 'linking', stream: stderr, discardStdin: false }).start()
  }

  heard({ server, neighbour, what, why }: LinkNews): void {
    if (this.#hasEnded) return
    const link = this.#endsHere.has(linkName(server, neighbour))
      ? linkName(server, neighbour)
      : linkName(neighbour, server)
    const seenUp = this.#seenUp.get(link) ?? new Set()
    this.#seenUp.set(link, seenUp)
    switch (what) {
      case 'up':
        seenUp.add(server)
        if (why !== '') this.say(`${server} is linked to ${neighbour}, but ${why}`)
        if (seenUp.size === this.#endsHere.get(link)) this.#rise(link)
        return
      case 'lost':
        seenUp.delete(server)
        if (this.#up.delete(link)) this.#fall(link, why)
        return
      case 'unreachable':
        this.say(`${server} cannot reach ${neighbour}: ${why}; trying on`)
    }
  }

  /** Prints a line for the person, without a part of the spinner in it. */
  say(text: string): void {
    if (!this.#hasStarted) {
      this.#early.push(text)
      return
    }
    this.#spinner?.clear()
    this.#streams.stdout.write(`${toExcerpt(text)}\n`)
    this.#spinner?.render()
  }

  /** The servers are about to stop: no more is told. */
  end(): void {
    this.#spinner?.stop()
    this.#spinner = undefined
    this.#hasEnded = true
  }

  #rise(link: string): void {
    this.#up.add(link)
    if (this.#lost.delete(link)) this.say(`link ${link} is back`)
    const all = this.#endsHere.size
    if (this.#up.size < all) return
    this.#spinner?.stop()
    this.#spinner = undefined
    this.say(all === 1 ? 'the link is up' : `all ${all} links are up`)
  }

  #fall(link: string, why: string): void {
    this.#lost.add(link)
    this.say(`link ${link} is lost: ${why}`)
  }
}

function linkName(a: string, b: string): string {
  return `${a}–${b}`
}
