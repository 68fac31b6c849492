import { Memory, type IdSpans } from '../../src/memory/memory.js'
import type { ClientNumber } from '../../src/memory/numbers.js'
import type { RecordFields } from '../../src/memory/records.js'
import { toBytes } from '../../src/protocol/bytes.js'
import { MAX_BATCH_LINES } from '../../src/protocol/lines.js'
import { Chance } from '../fixtures/chance.js'
import { KEYS } from '../fixtures/memory.js'
import type { Row } from './results.js'
import type { Settings } from './settings.js'

/** The numbers of clients: one fits into the caches of a processor, the other does not. */
const FEW = 1_000
const MANY = 1_000_000

/** The minimum number of times that a round runs each operation. */
const LEAST_OPERATIONS = 500_000

const ROUNDS = 9
const QUICK_ROUNDS = 3

const HEAD = 'AT Clark +0.263873386 '
const TAIL = ' +34.068930-118.445127 1621464827.959498503'
const ID_LENGTH = 20
const LINE_LENGTH = HEAD.length + ID_LENGTH + TAIL.length

/** The lines of all clients in one buffer, in some order. */
type Lines = Buffer

/** The timed operations, in the order in which they run. */
const OPERATIONS = ['add', 'find', 'prefetch+find', 'renew+put', 'remove'] as const
type Times = Record<(typeof OPERATIONS)[number], number>

/**
 * Measures the processor time of each operation of the storage engine in nanoseconds, for few and for many clients. On a busy machine this
 * is more reliable than wall time.
 */
export function memoryEngine({ isQuick }: Settings, say: (words: string) => void): Row[] {
  return [FEW, MANY].flatMap((clients) => {
    const of = `${clients.toLocaleString('en')} clients`
    say(of)
    const added = linesOf(Array.from({ length: clients }, (_, client) => client))
    const reported = linesOf(shuffled(clients))
    // The first round warms up the compiler and does not count.
    round(clients, added, reported)
    const rounds = Array.from({ length: isQuick ? QUICK_ROUNDS : ROUNDS }, () =>
      round(clients, added, reported),
    )
    return OPERATIONS.map((operation) => ({
      of,
      rival: operation,
      values: rounds.map((times) => times[operation]),
      more: {},
    }))
  })
}

/** Nanoseconds of each operation. Clients are added in one order, and then report in another. */
function round(clients: number, added: Lines, reported: Lines): Times {
  const [memory, times] = [
    new Memory(KEYS),
    { add: 0, find: 0, 'prefetch+find': 0, 'renew+put': 0, remove: 0 },
  ]
  const table = memory.addTable()
  const numbers = new Int32Array(clients)
  const passes = Math.ceil(LEAST_OPERATIONS / clients)
  const time = (operation: keyof Times, work: () => void): void => {
    const before = process.cpuUsage()
    work()
    const { user, system } = process.cpuUsage(before)
    times[operation] += ((user + system) * 1_000) / passes / clients
  }
  for (let pass = 0; pass < passes; pass += 1) {
    time('add', () => {
      eachIn(added, (fields) => memory.add(fields, 0))
    })
    for (let client = 0; client < clients; client += 1)
      memory.put(table, client as ClientNumber, memory.latest(client as ClientNumber))
    time('find', () => {
      findAll(memory, reported, numbers)
    })
    time('prefetch+find', () => {
      prefetchAndFindAll(memory, reported, numbers)
    })
    time('renew+put', () => {
      eachIn(reported, (fields, line) => {
        const client = numbers[line] as ClientNumber
        memory.put(table, client, memory.renew(client, fields, 0))
      })
    })
    time('remove', () => {
      for (const client of numbers) memory.remove(table, client as ClientNumber)
    })
    if (memory.sizeOfBucket(0, 1) > 0) throw new Error('clients are left after all were removed')
  }
  return times
}

function findAll(memory: Memory, lines: Lines, numbers: Int32Array): void {
  for (let line = 0; line < numbers.length; line += 1) {
    const start = line * LINE_LENGTH + HEAD.length
    numbers[line] = memory.find(lines, start, start + ID_LENGTH)
  }
}

/** Finds clients in batches of as many lines as a server tokenizes at once. */
function prefetchAndFindAll(memory: Memory, lines: Lines, numbers: Int32Array): void {
  const [starts, ends] = [new Int32Array(MAX_BATCH_LINES), new Int32Array(MAX_BATCH_LINES)]
  for (let first = 0; first < numbers.length; first += MAX_BATCH_LINES) {
    const count = Math.min(MAX_BATCH_LINES, numbers.length - first)
    for (let id = 0; id < count; id += 1) {
      starts[id] = (first + id) * LINE_LENGTH + HEAD.length
      ends[id] = (starts[id] as number) + ID_LENGTH
    }
    const ids: IdSpans = { bytes: lines, count, starts, ends }
    memory.prefetch(ids)
    for (let id = 0; id < count; id += 1)
      numbers[first + id] = memory.find(lines, starts[id] as number, ends[id] as number)
  }
}

/** Yields the fields of each line in one reused object, as a parser that makes no garbage would. */
function eachIn(lines: Lines, give: (fields: RecordFields, line: number) => void): void {
  const fields = { bytes: lines, start: 0, client: 0, position: 0, time: 0, end: 0 }
  for (let line = 0; line < lines.length / LINE_LENGTH; line += 1) {
    fields.start = line * LINE_LENGTH
    fields.client = fields.start + HEAD.length
    fields.position = fields.client + ID_LENGTH + 1
    fields.time = fields.start + LINE_LENGTH - '1621464827.959498503'.length
    fields.end = fields.start + LINE_LENGTH
    give(fields, line)
  }
}

function linesOf(clients: readonly number[]): Lines {
  const lines = Buffer.alloc(clients.length * LINE_LENGTH)
  for (const [line, client] of clients.entries())
    lines.set(toBytes(`${HEAD}${`client-${client}`.padEnd(ID_LENGTH, '.')}${TAIL}`), line * LINE_LENGTH)
  return lines
}

/** All clients, shuffled in the same way on each run. */
function shuffled(clients: number): number[] {
  const [order, chance] = [Array.from({ length: clients }, (_, client) => client), new Chance(1)]
  for (let last = clients - 1; last > 0; last -= 1) {
    const other = chance.below(last + 1)
    const client = order[last] as number
    order[last] = order[other] as number
    order[other] = client
  }
  return order
}
