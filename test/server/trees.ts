import t, { type Test } from 'tap'
import { tableAt, until as untilIt } from '../fixtures/server-queries.js'
import { freePorts } from '../fixtures/files.js'
import { TestHerd } from '../fixtures/herd.js'
import { until } from '../fixtures/log.js'
import { CLASSIC } from '../fixtures/topologies.js'

const WITHIN_MS = 20_000

/** The five classic servers, each as if in its own process, linked over sockets. */
class FiveHerds {
  readonly #herds: ReadonlyMap<string, TestHerd>
  #second = 0

  private constructor(herds: ReadonlyMap<string, TestHerd>) {
    this.#herds = herds
  }

  static async start(t: Test): Promise<FiveHerds> {
    const topology = await freePorts(CLASSIC)
    const up = new Set<string>()
    // The clock must advance, since a report that is not later than the previous one is stale.
    let now = 1_621_464_828_223_371_889n
    const herds = new Map<string, TestHerd>()
    for (const name of CLASSIC.servers)
      herds.set(
        name,
        await TestHerd.start(t, {
          topology,
          names: [name],
          clock: () => (now += 1_000_000n),
          onLink: ({ server, neighbour, what }) => {
            if (what === 'up') up.add(`${server} ${neighbour}`)
          },
        }),
      )
    await until(() => up.size === 2 * CLASSIC.links.length)
    return new FiveHerds(herds)
  }

  /** Reports to a server and waits until the servers in `knowing` have the report. Returns how many lines they have sent each other. */
  async report(server: string, knowing = CLASSIC.servers): Promise<number> {
    this.#second += 1
    const line = (await this.#herd(server).ask(server, `IAMAT kiwi +1+1 ${this.#second}\n`)).trimEnd()
    await untilIt(
      WITHIN_MS,
      () => Promise.all(knowing.map((name) => tableAt(this.#herd(name).port(name), ['kiwi']))),
      (tables) => tables.every((table) => table.get('kiwi') === line),
      () => `not all have ${line}`,
    )
    // A server that answers with a report has sent it to all neighbours that it will send it to.
    return this.#sent().filter((sent) => sent === line).length
  }

  /** Whether a server has sent such a line to another. */
  hasSaid(line: RegExp): boolean {
    return this.#sent().some((sent) => line.test(sent))
  }

  async stop(server: string): Promise<void> {
    await this.#herd(server).herd.stopAll()
  }

  #sent(): string[] {
    const entries = [...this.#herds].flatMap(([name, { logs }]) => logs.get(name)?.entries ?? [])
    return entries.flatMap((entry) =>
      entry.kind === 'out' && entry.peer === 'neighbour' ? [entry.line] : [],
    )
  }

  #herd(name: string): TestHerd {
    const herd = this.#herds.get(name)
    if (!herd) throw new Error(`no server ${name}`)
    return herd
  }
}

/** Reports to each server in turn. Returns how often each report was sent. */
async function reportToEach(herds: FiveHerds): Promise<number[]> {
  const counts: number[] = []
  for (const server of CLASSIC.servers) counts.push(await herds.report(server))
  return counts
}

/** Waits until each server has its tree. How soon that is depends on which of two lines arrives first. */
async function found(t: Test): Promise<FiveHerds> {
  const herds = await FiveHerds.start(t)
  await untilIt(
    WITHIN_MS,
    () => reportToEach(herds),
    (counts) => counts.every((count) => count === 4),
    (counts) => `sent ${counts.join(', ')} times`,
  )
  return herds
}

t.test(
  'after a few reports of each server, each report is sent to each server once, and all answer with it',
  async (t) => {
    const herds = await found(t)
    for (const round of [1, 2, 3]) t.same(await reportToEach(herds), [4, 4, 4, 4, 4], `round ${round}`)
    // Detecting that takes some beats.
    await until(() => herds.hasSaid(/^SEEN Clark [0-9]{16}$/))
    t.ok(herds.hasSaid(/^PRUNE Clark$/))
  },
)

t.test('when one server stops, the others get the next reports', async (t) => {
  const herds = await found(t)
  await herds.stop('Juzang')
  const rest = CLASSIC.servers.filter((name) => name !== 'Juzang')
  for (const server of [...rest, ...rest]) t.ok((await herds.report(server, rest)) >= 3, server)
  t.ok(herds.hasSaid(/^GRAFT Juzang [0-9]{16}$/))
})
