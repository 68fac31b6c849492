import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { contains, distanceFrom, meets, type Area } from '../../src/near/area.js'
import { segmentBetween } from '../../src/near/segment.js'
import type { Transition, WatchEvent, WatchTarget } from '../../src/near/watch.js'
import { toText } from '../../src/protocol/bytes.js'
import { parsePosition, type GeoPoint } from '../../src/protocol/position.js'
import { areas } from '../fixtures/areas.js'
import { points, positionOf } from '../fixtures/placed-clients.js'
import { WatchedClients, watchOf } from '../fixtures/watched-clients.js'

const ids = fc.constantFrom(...Array.from({ length: 12 }, (_, n) => `c${n}`))

/** A client that reports a point or is removed, and whether those watchers that are slow read then. */
const steps = fc.array(fc.tuple(ids, fc.option(points, { freq: 12 }), fc.boolean()), {
  maxLength: 80,
  size: 'max',
})

const targets: fc.Arbitrary<WatchTarget> = fc.oneof(
  areas.map((area): WatchTarget => ({ kind: 'area', area })),
  fc
    .tuple(ids, fc.constantFrom(0, 3_000, 6_000_000, 15_000_000))
    .map(([id, radiusM]): WatchTarget => ({ kind: 'around', id, radiusM })),
  fc
    .uniqueArray(ids, { minLength: 1, maxLength: 3 })
    .map((list): WatchTarget => ({ kind: 'clients', ids: list })),
)

const detects = fc.uniqueArray(fc.constantFrom<Transition>('enter', 'exit', 'inside', 'cross'), {
  minLength: 1,
})

/** What a watcher is to be sent, found by looking at all clients. */
class Model {
  readonly points = new Map<string, GeoPoint>()
  readonly #target: WatchTarget
  readonly #detect: readonly Transition[]

  constructor(target: WatchTarget, detect: readonly Transition[]) {
    this.#target = target
    this.#detect = detect
  }

  get area(): Area | undefined {
    if (this.#target.kind === 'area') return this.#target.area
    const center = this.#target.kind === 'around' ? this.points.get(this.#target.id) : undefined
    return center && { kind: 'circle', center, radiusM: (this.#target as { radiusM: number }).radiusM }
  }

  isInside(id: string): boolean {
    const [area, point] = [this.area, this.points.get(id)]
    const isCenter = this.#target.kind === 'around' && this.#target.id === id
    return area !== undefined && point !== undefined && !isCenter && contains(area, point)
  }

  get inside(): string[] {
    return [...this.points.keys()].filter((id) => this.isInside(id)).sort()
  }

  change(id: string, to: GeoPoint | null): string[] {
    const from = this.points.get(id)
    if (this.#target.kind === 'clients') {
      this.#move(id, to)
      return this.#target.ids.includes(id) && (to ?? from) ? [`${to ? 'report' : 'forgotten'} ${id}`] : []
    }
    const before = new Set(this.inside)
    this.#move(id, to)
    const events = this.#own(id, from, to, before.has(id))
    for (const other of this.points.keys()) {
      if (other === id || before.has(other) === this.isInside(other)) continue
      const kind = before.has(other) ? 'exit' : 'enter'
      if (this.#detect.includes(kind)) events.push(`${kind} ${other}`)
    }
    return events
  }

  #own(id: string, from: GeoPoint | undefined, to: GeoPoint | null, wasInside: boolean): string[] {
    if (!to) return wasInside ? [`forgotten ${id}`] : []
    const isInside = this.isInside(id)
    const kind = wasInside ? (isInside ? 'inside' : 'exit') : isInside ? 'enter' : 'cross'
    if (!this.#detect.includes(kind)) return []
    if (kind !== 'cross') return [`${kind} ${id}`]
    const segment = from && segmentBetween(from, to)
    const isCenter = this.#target.kind === 'around' && this.#target.id === id
    return segment && this.area && !isCenter && meets(this.area, segment) ? [`cross ${id}`] : []
  }

  #move(id: string, to: GeoPoint | null): void {
    if (to) this.points.set(id, to)
    else this.points.delete(id)
  }
}

function idOf({ line }: WatchEvent): string {
  return line?.split(' ')[3] ?? ''
}

function pointOf(line: string): GeoPoint {
  const { latitude, longitude } = parsePosition(line.split(' ')[4] ?? '') ?? {}
  return { latitude: Number(latitude), longitude: Number(longitude) }
}

/** The positions as reports have them. */
function rounded(point: GeoPoint): GeoPoint {
  const { latitude, longitude } = parsePosition(positionOf(point)) ?? {}
  return { latitude: Number(latitude), longitude: Number(longitude) }
}

t.test('who reads at once gets what a look at all clients finds', async () => {
  fc.assert(
    fc.property(
      steps,
      fc.array(fc.tuple(targets, detects), { minLength: 1, maxLength: 4 }),
      (list, watched) => {
        const clients = new WatchedClients()
        clients.work()
        const readers = watched.map(([target, detect]) => ({
          model: new Model(target, detect),
          watcher: clients.watches.add(watchOf(target, { detect: new Set(detect) }), () => undefined),
        }))
        for (const { watcher } of readers)
          assert.deepEqual(
            watcher.take(9).map(({ kind }) => kind),
            ['reset'],
          )
        for (const [id, point] of list) {
          if (point) clients.report(id, positionOf(point))
          else clients.remove(id)
          clients.work()
          for (const { model, watcher } of readers) {
            const expected = model.change(id, point && rounded(point))
            const events = watcher.take(Infinity)
            assert.deepEqual(events.map((event) => `${event.kind} ${idOf(event)}`).sort(), expected.sort())
            for (const { line, skipped, distanceM, position } of events) {
              assert.equal(skipped, 0)
              assert.ok(position !== undefined && position <= clients.watches.position)
              if (model.area) assert.equal(distanceM, distanceFrom(model.area, pointOf(line as string)))
            }
          }
        }
      },
    ),
    { numRuns: 300, seed: 17 },
  )
})

/** What a reader makes of events: which clients it believes to be inside. */
function follow(inside: Set<string>, event: WatchEvent): void {
  const id = idOf(event)
  switch (event.kind) {
    case 'reset':
      inside.clear()
      return
    case 'report':
    case 'enter':
      assert.ok(!inside.has(id), `${id} enters from outside`)
      inside.add(id)
      return
    case 'exit':
    case 'forgotten':
      assert.ok(inside.delete(id), `${id} exits from inside`)
      return
    case 'inside':
      assert.ok(inside.has(id))
      return
    default:
      assert.ok(event.kind === 'cross' && !inside.has(id))
  }
}

const places = targets.filter(({ kind }) => kind !== 'clients')

t.test('what slow readers get fits together, and its end agrees with the truth', async () => {
  fc.assert(
    fc.property(steps, places, fc.integer({ min: 1, max: 3 }), (list, target, most) => {
      const clients = new WatchedClients()
      for (const [id, point] of list.slice(0, 10)) if (point) clients.report(id, positionOf(point))
      const model = new Model(target, [])
      const watcher = clients.watches.add(watchOf(target), () => undefined)
      const inside = new Set<string>()
      for (const [id, point, isRead] of list) {
        if (point) clients.report(id, positionOf(point))
        else clients.remove(id)
        if (isRead) clients.watches.work(2)
        if (isRead) for (const event of watcher.take(most)) follow(inside, event)
      }
      clients.work()
      for (const event of watcher.take(Infinity)) follow(inside, event)
      for (const client of clients.replica.table.clients()) {
        const { bytes, start, end } = clients.replica.lineOf(client)
        const line = toText(bytes, start, end)
        model.points.set(line.split(' ')[3] ?? '', pointOf(line))
      }
      assert.deepEqual([...inside].sort(), model.inside)
      assert.equal(watcher.waiting, 0)
      assert.equal(watcher.position, clients.watches.position)
    }),
    { numRuns: 500, seed: 17 },
  )
})

t.test('every report of a watched client is sent or counted, and no client waits twice', async () => {
  fc.assert(
    fc.property(steps, fc.uniqueArray(ids, { minLength: 1 }), (list, watched) => {
      const clients = new WatchedClients()
      clients.work()
      const watcher = clients.watches.add(watchOf({ kind: 'clients', ids: watched }), () => undefined)
      watcher.take(1)
      let [made, sent] = [0, 0]
      const read = (most: number): void => {
        for (const { kind, skipped } of watcher.take(most)) sent += (kind === 'report' ? 1 : 0) + skipped
      }
      for (const [id, point, isRead] of list) {
        if (watched.includes(id) && point) made += 1
        // What nobody has read before a removal is not counted.
        if (!point) clients.work()
        if (point) clients.report(id, positionOf(point))
        else clients.remove(id)
        if (isRead) clients.watches.work(1)
        if (isRead) read(1)
        assert.ok(watcher.waiting <= watched.length)
      }
      clients.work()
      read(Infinity)
      assert.equal(sent, made)
    }),
    { numRuns: 300, seed: 17 },
  )
})

t.test('a watcher that comes back goes on where it was', async () => {
  fc.assert(
    fc.property(steps, targets, detects, fc.nat({ max: 79 }), (list, target, detect, leaves) => {
      const clients = new WatchedClients()
      clients.work()
      const watch = watchOf(target, { detect: new Set(detect) })
      const [stays, goes] = [0, 1].map(() => clients.watches.add(watch, () => undefined)) as [
        ReturnType<typeof clients.watches.add>,
        ReturnType<typeof clients.watches.add>,
      ]
      const texts = (events: readonly WatchEvent[]): string[] => events.map((e) => `${e.kind} ${idOf(e)}`)
      const [all, parts]: [string[], string[]] = [[], []]
      let position: number | undefined
      list.forEach(([id, point], step) => {
        if (point) clients.report(id, positionOf(point))
        else clients.remove(id)
        clients.work()
        all.push(...texts(stays.take(Infinity)))
        if (step < leaves) parts.push(...texts(goes.take(Infinity)))
        if (step === leaves) {
          position = goes.position
          clients.watches.delete(goes)
        }
      })
      if (position === undefined) return
      const back = clients.watches.add({ ...watch, after: position }, () => undefined)
      const rest = texts(back.take(Infinity))
      if (rest[0] === 'reset ') assert.equal(target.kind, 'around', 'only if the circle has moved')
      else assert.deepEqual([...parts, ...rest], all)
    }),
    { numRuns: 300, seed: 17 },
  )
})
