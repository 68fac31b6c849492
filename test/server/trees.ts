import t, { type Test } from 'tap'
import { tableAt, until as untilIt } from '../fixtures/asking.js'
import { freePorts } from '../fixtures/files.js'
import { TestHerd } from '../fixtures/herd.js'
import { until } from '../fixtures/log.js'
import { CLASSIC } from '../fixtures/topologies.js'

const WITHIN_MS = 20_000

/** The classic five, each as if in a process of its own, linked over sockets. */
class FiveHerds {
  readonly #herds: ReadonlyMap<string, TestHerd>
  #second = 0

  private constructor(herds: ReadonlyMap<string, TestHerd>) {
    this.#herds = herds
  }

  static async start(t: Test): Promise<FiveHerds> {
    const topology = await freePorts(CLASSIC)
    const up = new Set<string>()
    // Time must go on, since what was heard no later than what came before is flooded.
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

  /** A client tells a server, and all of some servers come to know; gives in how many lines they have told one another. */
  async tell(server: string, knowing = CLASSIC.servers): Promise<number> {
    this.#second += 1
    const line = (await this.#herd(server).ask(server, `IAMAT kiwi +1+1 ${this.#second}\n`)).trimEnd()
    await untilIt(
      WITHIN_MS,
      () => Promise.all(knowing.map((name) => tableAt(this.#herd(name).port(name), ['kiwi']))),
      (tables) => tables.every((table) => table.get('kiwi') === line),
      () => `not all have ${line}`,
    )
    // Who answers with a report has told it to all whom it will tell.
    return this.#said().filter((said) => said === line).length
  }

  /** Whether a server has said such a line to another. */
  hasSaid(line: RegExp): boolean {
    return this.#said().some((said) => line.test(said))
  }

  async stop(server: string): Promise<void> {
    await this.#herd(server).herd.stopAll()
  }

  #said(): string[] {
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

/** One report at each server, in turn; gives how often each was told. */
async function tellEach(herds: FiveHerds): Promise<number[]> {
  const counts: number[] = []
  for (const server of CLASSIC.servers) counts.push(await herds.tell(server))
  return counts
}

/** When each has found its tree: how soon depends on which of two lines is the first. */
async function found(t: Test): Promise<FiveHerds> {
  const herds = await FiveHerds.start(t)
  await untilIt(
    WITHIN_MS,
    () => tellEach(herds),
    (counts) => counts.every((count) => count === 4),
    (counts) => `told ${counts.join(', ')} times`,
  )
  return herds
}

t.test(
  'a few reports of each server on, each is told to each server once, and all answer with it',
  async (t) => {
    const herds = await found(t)
    for (const round of [1, 2, 3]) t.same(await tellEach(herds), [4, 4, 4, 4, 4], `round ${round}`)
    // Which is a matter of beats.
    await until(() => herds.hasSaid(/^SEEN Clark [0-9]{16}$/))
    t.ok(herds.hasSaid(/^PRUNE Clark$/))
  },
)

t.test('when one of them stops, the others have what comes next', async (t) => {
  const herds = await found(t)
  await herds.stop('Juzang')
  const rest = CLASSIC.servers.filter((name) => name !== 'Juzang')
  for (const server of [...rest, ...rest]) t.ok((await herds.tell(server, rest)) >= 3, server)
  t.ok(herds.hasSaid(/^GRAFT Juzang [0-9]{16}$/))
})
