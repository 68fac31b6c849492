import { ProcessLink, type LocalServer } from './process-link.js'

/** The changes of one server that its neighbours in the process must receive. */
interface Source {
  /** The server's ends of its links. */
  readonly ends: ProcessLink[]
  /** The number of the first change that was not passed on yet. */
  passed: number
  /** In the current round, only changes before this number are passed on. */
  until: number
}

/** The links between the servers of one process. */
export class ProcessNetwork {
  /** One end per direction, by the names of both servers. */
  readonly #ends = new Map<string, ProcessLink>()
  #sources: readonly Source[] = []

  /** Links two servers. Returns both ends, that of the first server first. The link is down. */
  link(one: LocalServer, other: LocalServer): [ProcessLink, ProcessLink] {
    const [end, otherEnd] = ProcessLink.between(one, other)
    this.#ends.set(`${one.name} ${other.name}`, end)
    this.#ends.set(`${other.name} ${one.name}`, otherEnd)
    this.#sources = sourcesOf(this.#ends)
    return [end, otherEnd]
  }

  /** Both ends of the link between two servers. Throws an Error if they are not linked. */
  between(a: string, b: string): [ProcessLink, ProcessLink] {
    const [one, other] = [this.#ends.get(`${a} ${b}`), this.#ends.get(`${b} ${a}`)]
    if (!one || !other) throw new Error(`${a} and ${b} are not linked within this process`)
    return [one, other]
  }

  /** Whether two servers are linked, and the link is up. */
  isUp(a: string, b: string): boolean {
    return this.#ends.get(`${a} ${b}`)?.isUp === true
  }

  /** Takes the link between two servers down, if it is up. Both ends report `why`. */
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
   * Passes new reports on until none is pending between servers, and then a part of what servers have missed. Returns whether more repairs
   * may be left. In each round a server passes on only what it had before the round, so that a report takes the shortest path, as it does
   * over a network.
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
