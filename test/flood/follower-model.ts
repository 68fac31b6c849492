import assert from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { Memory } from '../../src/memory/memory.js'
import { ModelledReplica, type ModelledFollower, type ModelledPolicy } from '../fixtures/follower-model.js'
import { KEYS } from '../fixtures/memory.js'
import { at, mergeAll } from '../fixtures/replica.js'

/** The first name is a prefix of the second. */
const SERVERS = ['Clark', 'Clarkson']

const server = fc.constantFrom(0, 1)
const client = fc.constantFrom('kiwi', 'lime', 'plum', 'fig')
const line = fc
  .tuple(client, fc.integer({ min: 1, max: 9 }), fc.constantFrom(...SERVERS))
  .map(([client, second, origin]) => at(client, second, origin))
const policy: fc.Arbitrary<ModelledPolicy> = fc.record({
  from: fc.constantFrom('all', 'now'),
  isOwnOnly: fc.boolean(),
  only: fc.option(client, { nil: undefined }),
  isToldAtOnce: fc.boolean(),
})
/** Picks a follower: the index modulo their number. */
const follower = fc.nat(11)

const step = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('merge' as const), server, line }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('mergeFrom' as const), server, client }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant('remove' as const), server, client }) },
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('follow' as const), server, policy }) },
  {
    weight: 3,
    arbitrary: fc.record({
      kind: fc.constant('read' as const),
      follower,
      most: fc.integer({ min: 0, max: 4 }),
    }),
  },
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constantFrom('drop' as const, 'add' as const), follower, client }),
  },
  {
    weight: 2,
    arbitrary: fc.record({
      kind: fc.constantFrom('readRemovals' as const, 'restart' as const, 'cancel' as const),
      follower,
    }),
  },
)
type Step = typeof step extends fc.Arbitrary<infer Value> ? Value : never

/** Two replicas that share a memory, and their followers. */
class Model {
  readonly memory = new Memory(KEYS)
  readonly replicas = SERVERS.map((name) => new ModelledReplica(name, this.memory))
  readonly followers: ModelledFollower[] = []

  run(step: Step): void {
    if ('server' in step) this.#runOnReplica(step, this.replicas[step.server] as ModelledReplica)
    else if (this.followers.length > 0)
      this.#runOnFollower(step, this.followers[step.follower % this.followers.length] as ModelledFollower)
    for (const replica of this.replicas) replica.check()
  }

  /** Digests must be right; and when all followers are cancelled and all clients removed, all client numbers must be free. */
  end(): void {
    for (const replica of this.replicas) {
      replica.checkDigest()
      replica.cancelAll()
      for (const client of [...replica.lines.keys()]) replica.remove(client)
    }
    const { clients } = this.memory
    const { replica } = this.replicas[0] as ModelledReplica
    for (let nth = 0; nth < clients; nth += 1) mergeAll(replica, at(`new-${nth}`, 1))
    assert.equal(this.memory.clients, clients, 'a client number is lost')
  }

  #runOnReplica(step: Extract<Step, { server: number }>, replica: ModelledReplica): void {
    switch (step.kind) {
      case 'merge':
        replica.merge(step.line)
        return
      case 'mergeFrom':
        replica.mergeFrom(this.replicas[1 - step.server] as ModelledReplica, step.client)
        return
      case 'remove':
        replica.remove(step.client)
        return
      case 'follow':
        this.followers.push(replica.follow(step.policy))
        return
    }
  }

  #runOnFollower(step: Extract<Step, { follower: number }>, follower: ModelledFollower): void {
    switch (step.kind) {
      case 'read':
        follower.read(step.most)
        return
      case 'drop':
      case 'add':
        follower[step.kind](step.client)
        return
      default:
        follower[step.kind]()
    }
  }
}

t.test('whatever happens to two replicas of one memory, their followers agree with a model', async (t) => {
  const property = fc.property(fc.array(step, { maxLength: 60, size: 'max' }), (steps) => {
    const model = new Model()
    for (const step of steps) model.run(step)
    model.end()
  })
  t.doesNotThrow(() => {
    fc.assert(property, { numRuns: 300 })
  })
})
