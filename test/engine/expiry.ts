import t from 'tap'
import { EngineScene, lineOf } from '../fixtures/engine-scene.js'

t.test('what has expired is neither published nor taken in, also not from the stream', async (t) => {
  const scene = new EngineScene()
  const clark = scene.carrier('Clark', [lineOf('kiwi', 9), lineOf('lime', 10)])
  clark.flood.expiry.moveCutoff({ cutoff: 10, step: 1 })
  await scene.wait(5_000)
  t.same(clark.table, [lineOf('lime', 10)])
  t.equal(scene.broker.stream?.size, 1)
  const oak = scene.carrier('Oak')
  await scene.wait(5_000)
  t.same(oak.table, [lineOf('lime', 10)])
  oak.receive(lineOf('plum', 9, 'Oak'))
  await scene.wait(5_000)
  t.same(clark.table, [lineOf('lime', 10)])
  t.ok(clark.flood.expiry.refused > 0, 'live, and again from the stream')
  const again = scene.carrier('Oak')
  again.flood.expiry.moveCutoff({ cutoff: 11, step: 1 })
  await scene.wait(5_000)
  t.same(again.table, [])
  t.ok(again.flood.expiry.refused > 0)
})

const FORGET = 'GENERATION 20 AT Clark +20.0 kiwi - 0'

t.test(
  'a carrier where a forget has expired takes its report into the generation that others hold',
  async (t) => {
    const scene = new EngineScene()
    const [clark, elm, oak] = ['Clark', 'Elm', 'Oak'].map((name) => scene.carrier(name))
    if (!clark || !elm || !oak) throw new Error('three carriers')
    await scene.wait(5_000)
    clark.receive(FORGET)
    await scene.wait(5_000)
    oak.flood.expiry.moveCutoff({ cutoff: 30, step: 1 })
    oak.flood.slices.work(100)
    t.same([clark.table, elm.table, oak.table], [[FORGET], [FORGET], []])
    oak.receiveOwn(lineOf('kiwi', 30, 'Oak'))
    await scene.wait(5_000)
    const raised = `GENERATION 20 ${lineOf('kiwi', 30, 'Oak')}`
    for (const { table } of [clark, elm, oak]) t.same(table, [raised])
    const { published } = scene.broker
    oak.receiveOwn(lineOf('kiwi', 31, 'Oak'))
    await scene.wait(30_000)
    t.equal(scene.broker.published, published + 1, 'its next report costs one message, as usual')
    t.same(clark.table, [`GENERATION 20 ${lineOf('kiwi', 31, 'Oak')}`])
  },
)

t.test('what a carrier still holds of before a forget is not answered with the forget', async (t) => {
  const scene = new EngineScene()
  const clark = scene.carrier('Clark', [FORGET])
  await scene.wait(5_000)
  const oak = scene.carrier('Oak')
  await scene.wait(1)
  const { published } = scene.broker
  oak.receive(lineOf('kiwi', 20, 'Oak'))
  await scene.wait(30_000)
  t.same([clark.table, oak.table], [[FORGET], [FORGET]])
  t.ok(scene.broker.published <= published + 1)
})

t.test('a carrier whose clock was set back reads the stream again', async (t) => {
  const scene = new EngineScene()
  const clark = scene.carrier('Clark')
  await scene.wait(5_000)
  clark.receive(lineOf('kiwi', 20))
  const oak = scene.carrier('Oak')
  await scene.wait(100_000)
  oak.flood.expiry.moveCutoff({ cutoff: 30, step: 1 })
  oak.flood.slices.work(100)
  oak.link.send()
  t.same(oak.table, [])
  oak.flood.expiry.moveCutoff({ cutoff: 10, step: 1 })
  oak.link.send()
  await scene.wait(5_000)
  t.same(oak.table, [lineOf('kiwi', 20)])
})
