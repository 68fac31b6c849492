import type { Ora } from 'ora'
import { toExcerpt } from '../log/escape-text.js'
import type { LinkNews } from '../server/server-options.js'
import type { Topology } from '../topology/topology.js'
import { wantsSpinner, type Streams } from './streams.js'

/** Prints how the links of a herd change: once per link, even if both of its ends are in this process. */
export class LinkReporter {
  readonly #streams: Streams
  /** For each link, which of its ends in this process see it up. */
  readonly #seenUp = new Map<string, Set<string>>()
  readonly #endsHere = new Map<string, number>()
  readonly #up = new Set<string>()
  readonly #lost = new Set<string>()
  /** Those that flapped when they changed last. */
  readonly #flapping = new Set<string>()
  #spinner: Ora | undefined
  /** Lines from before `start`. */
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

  /** Prints from now on. On a terminal, a spinner runs until all links are up. */
  async start(): Promise<void> {
    const { stderr, env } = this.#streams
    this.#hasStarted = true
    for (const text of this.#early) this.print(text)
    if (this.#up.size === this.#endsHere.size) return
    if (!wantsSpinner(stderr, env)) return
    // Imported only here, because loading it takes longer than the servers take to link.
    const { default: ora } = await import('ora')
    if (this.#up.size < this.#endsHere.size)
      this.#spinner = ora({ text: 'linking', stream: stderr, discardStdin: false }).start()
  }

  update({ server, neighbour, what, why }: LinkNews): void {
    if (this.#hasEnded) return
    const link = this.#endsHere.has(linkName(server, neighbour))
      ? linkName(server, neighbour)
      : linkName(neighbour, server)
    const seenUp = this.#seenUp.get(link) ?? new Set()
    this.#seenUp.set(link, seenUp)
    switch (what) {
      case 'up':
        seenUp.add(server)
        if (why !== '') this.print(`${server} is linked to ${neighbour}, but ${why}`)
        if (seenUp.size === this.#endsHere.get(link)) this.#markUp(link)
        return
      case 'lost':
        seenUp.delete(server)
        if (this.#up.delete(link) || this.#flapping.delete(link)) this.#markLost(link, why)
        return
      case 'flapping':
        seenUp.delete(server)
        if (!this.#flapping.has(link)) this.#markFlapping(link, why)
        return
      case 'unreachable':
        this.print(`${server} cannot reach ${neighbour}: ${why}; retrying`)
    }
  }

  /** Prints a line, without a remnant of the spinner. */
  print(text: string): void {
    if (!this.#hasStarted) {
      this.#early.push(text)
      return
    }
    this.#spinner?.clear()
    this.#streams.stdout.write(`${toExcerpt(text)}\n`)
    this.#spinner?.render()
  }

  /** Prints nothing from now on, because the servers are about to stop. */
  end(): void {
    this.#spinner?.stop()
    this.#spinner = undefined
    this.#hasEnded = true
  }

  #markUp(link: string): void {
    if (this.#up.has(link)) return
    this.#up.add(link)
    this.#flapping.delete(link)
    if (this.#lost.delete(link)) this.print(`link ${link} is up again`)
    const all = this.#endsHere.size
    if (this.#up.size < all) return
    this.#spinner?.stop()
    this.#spinner = undefined
    this.print(all === 1 ? 'the link is up' : `all ${all} links are up`)
  }

  #markFlapping(link: string, why: string): void {
    this.#up.delete(link)
    this.#lost.add(link)
    this.#flapping.add(link)
    this.print(`link ${link} is flapping: ${why}`)
  }

  #markLost(link: string, why: string): void {
    this.#lost.add(link)
    this.print(`link ${link} is down: ${why}`)
  }
}

function linkName(a: string, b: string): string {
  return `${a}–${b}`
}
