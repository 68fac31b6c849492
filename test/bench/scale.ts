import { Memory } from '../../src/memory/memory.js'
import { KEYS } from '../fixtures/memory.js'
import { Chance } from '../fixtures/chance.js'
import { costOf, SteppedHerd, type Message } from '../fixtures/stepped-herd.js'
import { randomGraph, type SimulatedTopology } from '../fixtures/topologies.js'
import { median, type Row } from './results.js'

const SEED = 1
const SIZES = [5, 50, 500, 5_000]
const DEGREE = 4
/** Of so many servers at most some reports are followed. */
const ORIGINS = 10
/** The second report prunes links that did not carry the first, because both ends had it at once. */
const ROUNDS = ['first of a server', 'its second', 'its third, on its tree']

// In the broadcast: a grid of so many servers each way, how time goes there, and what is reported meanwhile.
const SIDE = 5
const STEP_MS = 10
const STEPS_PER_LINK = 10
const STEPS_PER_BEAT = 5
const STEPS = 1_000
const UPDATES = 1_000

/** What one report has cost a herd. */
interface Spent {
  readonly messages: number
  readonly bytes: number
  /** Until all servers had it. */
  readonly hops: number
}

/** What a report costs as a herd grows, the first of a server and those after it: real floods, and links on which a message takes one step. */
export function scale(): Row[] {
  return SIZES.flatMap((size) => {
    const chance = new Chance(SEED)
    const herd = new SteppedHerd(randomGraph(chance, names(size), DEGREE), { archive: new Memory(KEYS) })
    herd.rest()
    herd.takeMessages()
    const origins = someOf(chance, size)
    return ROUNDS.map((name, round) => {
      const spent = origins.map((origin, index) => spentOn(herd, origin, round * ORIGINS + index))
      return row(size, name, spent)
    })
  })
}

/** How soon, and with how many messages, all of a grid have what is reported all over it, by the clock of the simulation. */
export function broadcast(): Row[] {
  const herd = new SteppedHerd(grid(), { stepsPerLink: STEPS_PER_LINK, archive: new Memory(KEYS) })
  const servers = grid().servers
  for (const round of ROUNDS.keys())
    for (const server of servers) {
      herd.receive(server, reportOf(server, `${server}-${round}`, herd.now))
      herd.rest()
    }
  herd.takeMessages()
  const receivedAt = receiveAtRandom(herd, servers)
  herd.rest()
  const messages = herd.takeMessages()
  const arrivals = arrivalsOf(messages, receivedAt)
  const each = arrivals.flat().toSorted((a, b) => a - b)
  const lasts = arrivals.map((waits) => Math.max(...waits))
  if (each.length !== UPDATES * (servers.length - 1)) throw new Error('not all have had all')
  const { reports, trees, syncs } = costOf(messages)
  const more = {
    'all lines an update': ((reports + trees + syncs) / UPDATES).toFixed(1),
    'median ms until a server has it': median(each).toFixed(0),
    'p99 ms': (each[Math.ceil(0.99 * each.length) - 1] ?? NaN).toFixed(0),
    'median ms until all have it': median(lasts).toFixed(0),
  }
  return [
    { of: `${servers.length} servers in a grid`, rival: 'trees found', values: [reports / UPDATES], more },
  ]
}

/** Reports at any server and any time; returns when each was received, by its line. */
function receiveAtRandom(herd: SteppedHerd, servers: readonly string[]): Map<string, number> {
  const chance = new Chance(SEED)
  const times = Array.from({ length: UPDATES }, () => chance.below(STEPS)).sort((a, b) => a - b)
  const start = herd.now
  const receivedAt = new Map<string, number>()
  for (let step = 0; step < STEPS; step += 1) {
    for (; times[receivedAt.size] === step;) {
      const line = reportOf(chance.pick(servers), `client-${receivedAt.size}`, herd.now)
      herd.receive(line.split(' ')[1] ?? '', line)
      receivedAt.set(line, herd.now)
    }
    herd.step()
    if ((herd.now - start) % STEPS_PER_BEAT === 0) herd.beat()
  }
  return receivedAt
}

/** For each report, after how many milliseconds each other server had it. */
function arrivalsOf(messages: readonly Message[], receivedAt: ReadonlyMap<string, number>): number[][] {
  const byLine = new Map<string, number[]>(Array.from(receivedAt.keys(), (line) => [line, []]))
  for (const { text, readAt, isNews } of messages) {
    const line = text.trimEnd()
    const from = receivedAt.get(line)
    if (isNews && readAt !== undefined && from !== undefined)
      byLine.get(line)?.push(STEP_MS * (readAt - from))
  }
  return [...byLine.values()]
}

/** A server receives a report, later each time, and the herd passes it on until it rests. */
function spentOn(herd: SteppedHerd, server: string, index: number): Spent {
  const from = herd.now
  herd.receive(server, reportOf(server, 'kiwi.cs.ucla.edu', 100 * index))
  herd.rest()
  const messages = herd.takeMessages()
  const { reports, bytes } = costOf(messages)
  const hops = messages.reduce(
    (last, { isNews, readAt = 0 }) => (isNews ? Math.max(last, readAt - from) : last),
    0,
  )
  return { messages: reports, bytes, hops }
}

/** What a server makes of a client's report when the clock has gone on by so many steps. */
function reportOf(server: string, client: string, step: number): string {
  const milliseconds = String((STEP_MS * step) % 1_000).padStart(3, '0')
  const seconds = 1_621_464_827 + Math.floor((STEP_MS * step) / 1_000)
  return `AT ${server} +0.263873386 ${client} +34.068930-118.445127 ${seconds}.${milliseconds}498503`
}

function row(size: number, rival: string, spent: readonly Spent[]): Row {
  const mean = (of: (spent: Spent) => number): number =>
    spent.reduce((sum, one) => sum + of(one), 0) / spent.length
  return {
    of: `${size.toLocaleString('en')} servers of ${DEGREE} links`,
    rival,
    values: spent.map(({ messages }) => messages),
    more: {
      'a server': (mean(({ messages }) => messages) / size).toFixed(2),
      'bytes a server': (mean(({ bytes }) => bytes) / size).toFixed(0),
      'hops until all have it': mean(({ hops }) => hops).toFixed(1),
    },
  }
}

/** Some of so many servers, each once. */
function someOf(chance: Chance, size: number): string[] {
  const some = new Set<string>()
  while (some.size < Math.min(ORIGINS, size)) some.add(`S${chance.below(size)}`)
  return [...some]
}

function names(size: number): string[] {
  return Array.from({ length: size }, (_, index) => `S${index}`)
}

/** Servers in rows and columns, each linked to the next in both. */
function grid(): SimulatedTopology {
  const all = Array.from({ length: SIDE * SIDE }, (_, index) => index)
  const right = all.filter((at) => at % SIDE < SIDE - 1).map((at) => [`S${at}`, `S${at + 1}`] as const)
  const down = all.filter((at) => at + SIDE < all.length).map((at) => [`S${at}`, `S${at + SIDE}`] as const)
  return { servers: all.map((at) => `S${at}`), links: [...right, ...down] }
}
