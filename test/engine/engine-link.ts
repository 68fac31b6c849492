import t from 'tap'
import { INSPECT_MS, INSPECT_TIMEOUT_MS } from '../../src/engine/carrier.js'
import { FAULT_MS } from '../../src/engine/receiver.js'
import { MAX_UNSTORED_BYTES } from '../../src/engine/publish-window.js'
import { EngineScene, lineOf } from '../fixtures/engine-scene.js'
import { published, messagesOf } from '../fixtures/engine.js'

t.test('the status of a link says what it carries, and what is wrong', async (t) => {
  const scene = new EngineScene()
  const { link } = scene.carrier('Clark', [lineOf('kiwi')])
  t.same(link.status(0), { neighbour: 'nats:herd', state: 'down', fault: undefined })
  await scene.wait(5_000)
  const status = link.status(Date.UTC(2026, 0, 1))
  t.match(status, { state: 'up', kind: 'engine', pending: 0, lastComparison: null, fault: undefined })
  t.match(status, { upSince: /^2025-12-31T23:59:5/, lastHeardSecondsAgo: Number, receivedBytes: 0 })
  scene.broker.faults.refusals = 100
  const oak = scene.carrier('Oak', [lineOf('plum')])
  await scene.wait(5_000)
  t.match(oak.link.status(0), { pending: 1, fault: 'its stream stores no reports: maximum bytes exceeded' })
  scene.broker.kill()
  await scene.wait(10_000)
  t.match(link.status(0), { state: 'down', fault: 'connection refused' })
  t.match(
    scene.news.filter((words) => words.startsWith('Clark')),
    ['Clark is up: ', 'Clark is lost: the connection was reset', 'Clark is unreachable: connection refused'],
  )
})

t.test('closing waits until the stream has stored what was published', async (t) => {
  const scene = new EngineScene()
  const clark = scene.carrier('Clark')
  await scene.wait(2_000)
  clark.flood.linkDown('nobody')
  clark.receive(lineOf('kiwi'))
  let isClosed = false
  void clark.link.close().then(() => (isClosed = true))
  await scene.wait(0)
  t.notOk(isClosed)
  await scene.wait(1_000)
  t.ok(isClosed)
  t.equal(scene.broker.stream?.size, 1)
  t.equal(scene.broker.sessions.size, 0)
})

t.test('closing does not wait for a broker that stores nothing, nor for one that is away', async (t) => {
  const scene = new EngineScene()
  scene.broker.faults.refusals = 100
  const clark = scene.carrier('Clark', [lineOf('kiwi')])
  await scene.wait(5_000)
  await clark.link.close()
  await scene.carrier('Oak').link.close()
  await scene.wait(1_000)
  t.equal(scene.broker.sessions.size, 0, 'a connection that is made later is closed')
  clark.link.start()
  clark.link.send()
  await scene.wait(1_000)
  t.equal(scene.broker.sessions.size, 0)
})

t.test('a connection that ends before it is known is dialled again', async (t) => {
  const scene = new EngineScene()
  scene.carrier('Clark')
  const { broker, clock } = scene
  while (broker.sessions.size === 0) clock.runNext(Infinity)
  const session = scene.session('Clark')
  session.end('the connection was reset')
  await scene.wait(1_000)
  t.equal(broker.sessions.size, 1)
  t.not(scene.session('Clark'), session)
})

t.test('a connection on which nothing comes is given up', async (t) => {
  const scene = new EngineScene()
  scene.carrier('Clark')
  await scene.wait(2_000)
  scene.session('Clark').isHalfOpen = true
  await scene.wait(INSPECT_MS + INSPECT_TIMEOUT_MS + 2_000)
  t.equal(scene.session('Clark').isHalfOpen, false)
  t.match(scene.news, ['Clark is up: ', 'Clark is lost: it does not answer', 'Clark is up: '])
})

t.test(
  'while the stream stores nothing, news still reaches other carriers, within the limit on what is under way',
  async (t) => {
    const scene = new EngineScene()
    const [clark, oak] = [scene.carrier('Clark'), scene.carrier('Oak')]
    await scene.wait(2_000)
    scene.broker.faults.refusals = 100
    const long = 'x'.repeat(10_000)
    const count = Math.ceil((2.5 * MAX_UNSTORED_BYTES) / long.length)
    clark.receive(lineOf('kiwi'))
    await scene.wait(1_000)
    for (let client = 0; client < count; client += 1) clark.receive(lineOf(`${client}${long}`))
    await scene.wait(5_000)
    t.equal(oak.flood.size, count + 1)
    t.equal(scene.broker.stream?.size, 0)
    scene.broker.heal()
    await scene.wait(60_000)
    t.equal(scene.broker.stream?.size, count + 1)
  },
)

t.test('what is wrong with a message is reported for a while', async (t) => {
  const scene = new EngineScene()
  const clark = scene.carrier('Clark')
  await scene.wait(2_000)
  const { subject, bytes } = published(messagesOf('Oak', 9, 'key'))
  scene.session('Clark').deliver(subject, bytes)
  await scene.wait(1_000)
  const fault = 'Oak publishes with a herd key, and this server has none'
  t.match(clark.link.status(0), { fault })
  await scene.wait(FAULT_MS)
  t.match(clark.link.status(0), { fault: undefined })
})

t.test(
  'another server with the name of a carrier is reported, and reports are restored that it replaces',
  async (t) => {
    const scene = new EngineScene()
    const clark = scene.carrier('Clark', [lineOf('kiwi', 5)])
    await scene.wait(2_000)
    const namesake = messagesOf('Clark', 9)
    const { subject, bytes } = published(namesake, lineOf('kiwi', 4))
    scene.broker.stream?.store(subject, bytes, false)
    scene.session('Clark').deliver(subject, bytes)
    await scene.wait(2_000)
    t.match(clark.link.status(0), { fault: /another server also publishes as Clark/ })
    const late = scene.carrier('Oak')
    await scene.wait(2_000)
    t.same(late.table, [lineOf('kiwi', 5)])
  },
)

t.test(
  'a message that arrives after its connection was lost is restored, and no other server is suspected',
  async (t) => {
    const scene = new EngineScene()
    const clark = scene.carrier('Clark', [lineOf('kiwi', 5)])
    await scene.wait(2_000)
    const before = scene.broker.published
    const { subject, bytes } = published(messagesOf('Clark', 1), lineOf('kiwi', 4))
    scene.session('Clark').deliver(subject, bytes)
    await scene.wait(2_000)
    t.equal(scene.broker.published, before + 1)
    t.match(clark.link.status(0), { fault: undefined })
  },
)

t.test('after messages were removed, carriers publish what the stream lacks', async (t) => {
  const scene = new EngineScene()
  scene.carrier('Clark', [lineOf('kiwi')])
  scene.carrier('Oak')
  await scene.wait(70_000)
  scene.broker.stream?.clear()
  const { subject, bytes } = messagesOf('tool', 9).heartbeat()
  bytes[1] = 3
  for (const session of scene.broker.sessions) session.deliver(subject, bytes)
  await scene.wait(10_000)
  t.ok((scene.broker.stream?.size ?? 0) > 0)
})

t.test('what an earlier connection still reads is left out, and so is what cannot be read', async (t) => {
  const scene = new EngineScene()
  const clark = scene.carrier('Clark')
  await scene.wait(2_000)
  const late: (() => void)[] = []
  const { subject, bytes } = published(messagesOf('Oak', 9))
  scene.session('Clark').read = (from, _, onMessage) => {
    late.push(() => {
      onMessage(from, subject, bytes)
    })
    return new Promise(() => undefined)
  }
  scene.broker.stream?.store(subject, Uint8Array.of(2), false)
  await scene.wait(INSPECT_MS)
  t.equal(late.length, 1)
  scene.session('Clark').lose()
  await scene.wait(1)
  for (const arrive of late) arrive()
  await scene.wait(5_000)
  t.equal(clark.flood.size, 0)
  t.match(clark.link.status(0), { state: 'up', fault: undefined })
})

t.test('an engine is not compared with', async (t) => {
  const scene = new EngineScene()
  const clark = scene.carrier('Clark', [lineOf('kiwi')])
  clark.flood.compare('nats:herd')
  await scene.wait(2_000)
  t.equal(scene.broker.published, 1)
})

t.test('what has left on an earlier connection says nothing about this one', async (t) => {
  const scene = new EngineScene()
  const clark = scene.carrier('Clark')
  await scene.wait(2_000)
  scene.broker.faults.refusals = 100
  clark.receive(lineOf('kiwi'))
  await scene.wait(1_000)
  let flushed = (): void => undefined
  let flushes = 0
  scene.session('Clark').flush = () => {
    flushes += 1
    return new Promise((resolve) => (flushed = resolve))
  }
  const long = 'x'.repeat(10_000)
  for (let client = 0; client < 300; client += 1) clark.receive(lineOf(`${client}${long}`))
  await scene.wait(1_000)
  t.equal(flushes, 1)
  scene.session('Clark').lose()
  await scene.wait(1)
  flushed()
  scene.broker.heal()
  await scene.wait(30_000)
  t.equal(scene.broker.stream?.size, 301)
})
