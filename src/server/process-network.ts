import { ProcessLink, type LocalServer } from './process-link.js'

/** What one server of the process has to pass on. */
interface Source {
  /** Its ends of its links. */
  readonly ends: ProcessLink[]
  /** Its changes before this one were passed on; and in this round, those before that. */
  passed: number
  until: number
}

/** The links between the servers of one process. */
export class ProcessNetwork {
  /** By the names of both servers. */
  readonly #ends = new Map<string, ProcessLink>()
  #sources: readonly Source[] = []

  /** Links two servers; gives both ends, the first for the first server. The link is down. */
  link(one: LocalServer, other: LocalServer): [ProcessLink, ProcessLink] {
    const [end, otherEnd] = ProcessLink.between(one, other)
    this.#ends.set(`${one.name} ${other.name}`, end)
    this.#ends.set(`${other.name} ${one.name}`, otherEnd)
    this.#sources = sourcesOf(this.#ends)
    return [end, otherEnd]
  }

  /** Both ends of the link between two servers. Throws an Error if there is none. */
  between(a: string, b: string): [ProcessLink, ProcessLink] {
    const [one, other] = [this.#ends.get(`${a} ${b}`), this.#ends.get(`${b} ${a}`)]
    if (!one || !other) throw new Error(`${a} and ${b} are not linked within this process`)
    return [one, other]
  }

  /** Whether two servers are linked, and the link is up. */
  isUp(a: string, b: string): boolean {
    return this.#ends.get(`${a} ${b}`)?.isUp === true
  }

  /** Takes the link between two servers down, if it is up; `why` is told at both ends. */
  cut(a: string, b: string, why: string): void {
    for (const end of this.between(a, b)) end.down(why)
  }

  /** Brings the link between two servers up, if it is down. */
  mend(a: string, b: string): void {
    for (const end of this.between(a, b)) if (!end.isUp) end.up()
  }

  /** The names of the servers that a server is linked to within the process. */
  neighboursOf(server: string): string[] {
    return [...this.#ends.keys()]
      .map((key) => key.split(' '))
      .flatMap(([from, to = '']) => (from === server ? [to] : []))
  }

  /**
   * Passes on what is new until no server has anything left for another, and then a part of what servers have missed. Returns whether there
   * is more of that. In each round a server passes on only what it had before, so that a report takes the shortest way, as over a network.
   */
  drain(): boolean {
    this.#drainNews()
    let repairs = 0
    for (const end of this.#ends.values()) repairs += end.sendRepairs()
    if (repairs > 0) this.#drainNews()
    return repairs > 0
  }

  #drainNews(): void {
    for (let isDue = true; isDue;) {
      isDue = false
      for (const source of this.#sources) {
        source.until = (source.ends[0] as ProcessLink).nextChange
        isDue ||= source.until !== source.passed
      }
      for (const source of this.#sources) {
        if (source.until === source.passed) continue
        source.passed = source.until
        for (const end of source.ends) end.sendNews(source.until)
      }
    }
  }
}

function sourcesOf(ends: ReadonlyMap<string, ProcessLink>): Source[] {
  const sources = new Map<string, Source>()
  for (const [names, end] of ends) {
    const [from = ''] = names.split(' ')
    const source = sources.get(from) ?? { ends: [], passed: -1, until: 0 }
    source.ends.push(end)
    sources.set(from, source)
  }
  return [...sources.values()]
}
