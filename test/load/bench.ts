import t, { type Test } from 'tap'
import { Bench, type BenchOptions } from '../../src/load/bench.js'
import { herdDialect } from '../../src/load/request-dialect.js'
import { HerdConvergence } from '../../src/load/convergence-check.js'
import { START_MICROSECONDS } from '../fixtures/clients.js'
import { TestHerd } from '../fixtures/herd.js'
import { answerAll, target } from '../fixtures/targets.js'

/** Options for a small benchmark of a classic herd. */
function optionsFor(herd: TestHerd, options: Partial<BenchOptions> = {}): BenchOptions {
  const targets = [...herd.addresses].map(([name, address]) => ({ name, address }))
  const timeoutMs = 30_000
  return {
    targets,
    dialect: herdDialect,
    clients: 200,
    seed: 1,
    latePercent: 10,
    tiedPercent: 10,
    connections: 10,
    depth: 8,
    questionPercent: 20,
    roams: true,
    mode: 'pipelined',
    warmUp: [{ kind: 'introduction' }],
    phase: { kind: 'requests', count: 1_000 },
    timeoutMs,
    startMicroseconds: START_MICROSECONDS,
    convergence: (crowd) =>
      new HerdConvergence(targets, {
        clients: crowd,
        startMicroseconds: START_MICROSECONDS,
        timeoutMs,
        settleMs: timeoutMs,
        maxChecked: 1_000,
        mode: 'pipelined',
      }),
    ...options,
  }
}

t.test('after load with late reports and ties, all servers hold the newest reports', async (t) => {
  const herd = await TestHerd.start(t)
  const bench = new Bench(optionsFor(herd, { pids: [process.pid] }))
  t.same(bench.progress, { stage: 'connecting', done: 0 })
  const measured = await bench.run()
  const { load: tally, seconds, settledSeconds, check, serverCpuSeconds, ownCpuSeconds } = measured
  t.equal(tally.reports + tally.questions, 1_000)
  t.ok(tally.questions > 100)
  t.match(tally, { refusedReports: 0, refusedQuestions: 0, unanswered: 0 })
  t.match(check, { checked: 200, reported: 200, wrong: 0 })
  t.ok(seconds > 0 && settledSeconds !== undefined && settledSeconds >= seconds)
  t.ok(ownCpuSeconds > 0)
  if (process.platform === 'linux') t.ok(serverCpuSeconds !== undefined && serverCpuSeconds >= 0)
  t.same(bench.progress, { stage: 'checking', done: 1 })
})

t.test('servers that hold a newer report than the benchmark sent are found to be wrong', async (t) => {
  const herd = await TestHerd.start(t)
  const time = START_MICROSECONDS / 1_000_000 + 10
  await herd.ask('Clark', `IAMAT client-00000017.test +1+1 ${time}\n`)
  const { check, settledSeconds } = await new Bench(patient(herd, 1_000)).run()
  t.match(check, {
    checked: 200,
    wrong: 5,
    wrongAnswer: { client: 'client-00000017.test', holds: /^AT Clark .* \+1\+1 / },
  })
  t.equal(settledSeconds, undefined)
})

/** The convergence check, with this much time for wrong answers to become right. */
function patient(herd: TestHerd, settleMs: number): BenchOptions {
  const options = optionsFor(herd)
  const { targets, timeoutMs, startMicroseconds } = options
  return {
    ...options,
    convergence: (crowd) =>
      new HerdConvergence(targets, {
        clients: crowd,
        startMicroseconds,
        timeoutMs,
        settleMs,
        maxChecked: 1_000,
        mode: 'pipelined',
      }),
  }
}

t.test('progress runs through all stages', async (t) => {
  const { bench, release } = await held(t)
  const run = bench.run()
  t.equal(bench.progress.stage, 'connecting')
  const stages = new Set<string>()
  const watch = setInterval(() => {
    const { stage, done } = bench.progress
    stages.add(stage)
    t.ok(done >= 0 && done <= 1)
    if (stage === 'measuring') release()
  }, 1)
  const { check, settledSeconds, serverCpuSeconds } = await run
  clearInterval(watch)
  t.ok(stages.has('measuring'))
  t.same(bench.progress, { stage: 'checking', done: 1 })
  t.same(
    { check, settledSeconds, serverCpuSeconds },
    { check: undefined, settledSeconds: undefined, serverCpuSeconds: undefined },
    'nothing is to be held, and no process is known',
  )
})

/** A benchmark of a server that answers only when it is released. */
async function held(t: Test): Promise<{ bench: Bench; release: () => void }> {
  const { target: elm, next } = await target(t)
  const herd = await TestHerd.start(t, { names: [] })
  const bench = new Bench(
    optionsFor(herd, { targets: [elm], connections: 1, warmUp: [], pids: [0], convergence: undefined }),
  )
  const peer = await next()
  let release: () => void = () => undefined
  const released = new Promise<void>((resolve) => (release = resolve))
  void released.then(() => answerAll(peer))
  return { bench, release }
}

t.test('a benchmark that is stopped ends', async (t) => {
  const herd = await TestHerd.start(t)
  const connecting = new Bench(optionsFor(herd))
  connecting.stop()
  await t.rejects(connecting.run(), { message: 'the load was stopped' })
  const { bench } = await held(t)
  const run = bench.run()
  bench.stop()
  await t.rejects(run, { message: 'the load was stopped' })
})
