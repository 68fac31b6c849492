import t, { type Test } from 'tap'
import type { SimulatedClients } from '../../src/load/simulated-clients.js'
import {
  evenlySpread,
  HerdConvergence,
  type HerdConvergenceOptions,
} from '../../src/load/convergence-check.js'
import type { Target } from '../../src/load/load-connection.js'
import { Xorshift32 } from '../../src/load/xorshift32.js'
import { simulatedClients, newestOf, START_MICROSECONDS } from '../fixtures/clients.js'
import type { Peer } from '../fixtures/peer.js'
import { SlowPath } from '../fixtures/slow-path.js'
import { answerAll, target, trickle } from '../fixtures/targets.js'

/** Simulated clients that have each reported this many times. */
function reported(count: number, times = 1): SimulatedClients {
  const clients = simulatedClients(count)
  const random = new Xorshift32(1)
  for (let time = 0; time < times; time += 1)
    for (let client = 0; client < count; client += 1) clients.report(client, random)
  return clients
}

/** A server that answers with the newest report of each client, as changed by `says`. */
async function server(
  t: Test,
  name: string,
  clients: SimulatedClients,
  says: (line: string, client: number) => string = (line) => line,
): Promise<Target> {
  const { target: elm, next } = await target(t, name)
  void next().then((peer) => answerAll(peer, honest(clients, says)))
  return elm
}

function honest(
  clients: SimulatedClients,
  says: (line: string, client: number) => string,
): (line: string) => string {
  return (question) => {
    const client = Number(/client-([0-9]{8})/.exec(question)?.[1])
    const line = says(newestOf(clients, client).replace('IAMAT', 'AT Elm +0.5'), client)
    return line.startsWith('AT') ? `${line}\n{\n}\n\n` : `${line}\n`
  }
}

function checkOf(
  t: Test,
  clients: SimulatedClients,
  targets: readonly Target[],
  options: Partial<HerdConvergenceOptions> = {},
): HerdConvergence {
  const check = new HerdConvergence(targets, {
    clients,
    startMicroseconds: START_MICROSECONDS,
    timeoutMs: 30_000,
    settleMs: 30_000,
    maxChecked: 100_000,
    mode: 'pipelined',
    ...options,
  })
  t.teardown(() => {
    check.close()
  })
  return check
}

t.test('all servers hold the same newest reports', async (t) => {
  const clients = reported(500, 3)
  const targets = [await server(t, 'Elm', clients), await server(t, 'Oak', clients)]
  const check = checkOf(t, clients, targets)
  t.equal(check.progress, 0)
  const before = performance.now()
  t.ok((await check.probe()) >= before)
  const all = {
    checked: 500,
    reported: 500,
    uncertain: 0,
    wrong: 0,
    wrongAnswer: undefined,
    refused: 0,
    failed: [],
    settledAt: undefined,
  }
  t.same(await check.check(), all)
  t.equal(check.progress, 1)
  t.same(await check.check(), all, 'also when asked again')
})

t.test('answers may be cut anywhere', async (t) => {
  const clients = reported(20)
  const slow = await SlowPath.to((await server(t, 'Elm', clients)).address)
  t.teardown(() => {
    slow.close()
  })
  const { target: elm, next } = await target(t)
  const check = checkOf(t, clients, [elm])
  const peer = await next()
  const checking = check.check()
  for (let client = 0; client < 20; client += 1)
    await trickle(peer, honest(clients, (line) => line)(await peer.read()))
  t.match(await checking, { checked: 20, wrong: 0 })
})

t.test('of many clients, an evenly spread share is asked for', async (t) => {
  const clients = reported(1_000)
  const asked = new Set<number>()
  const elm = await server(t, 'Elm', clients, (line, client) => {
    asked.add(client)
    return line
  })
  const check = checkOf(t, clients, [elm], { maxChecked: 100 })
  t.match(await check.check(), { checked: 100, reported: 1_000, wrong: 0 })
  t.same(
    [...asked],
    Array.from({ length: 100 }, (_, index) => 10 * index),
  )
})

t.test('clients that have not reported are not asked for', async (t) => {
  const clients = simulatedClients(10)
  clients.report(3, new Xorshift32(1))
  const check = checkOf(t, clients, [await server(t, 'Elm', clients)])
  t.match(await check.check(), { checked: 1, reported: 1, wrong: 0 })
})

t.test('a wrong answer is detected', async (t) => {
  const clients = reported(300, 2)
  const newest = newestOf(clients, 217).replace(/^IAMAT \S+ /, '')
  const lies: Record<string, { says: (line: string) => string; holds: RegExp }> = {
    'an older time': { says: (line) => line.replace(/\d{3}\.\d{9}$/, '000.000000000'), holds: /000\.0{9}$/ },
    'another position': {
      says: (line) => line.replace(/[+-]\d{3}\.\d+ /, '+000.000000 '),
      holds: /\+000\.0{6} /,
    },
    'a nanosecond more': { says: (line) => line.replace(/\d$/, '8'), holds: /8$/ },
    'another client': { says: (line) => line.replace('00000217', '00000216'), holds: /00000216/ },
    'another skew': { says: (line) => line.replace('+0.5', '+0.6'), holds: /\+0\.6/ },
    'no more than the end of it': { says: () => `AT ${newest}`, holds: /^AT [+-]/ },
  }
  for (const [what, { says, holds }] of Object.entries(lies)) {
    const targets = [
      await server(t, 'Elm', clients),
      await server(t, 'Oak', clients, (line, client) => (client === 217 ? says(line) : line)),
    ]
    // Without a probe, the check ends as soon as no more answers become right.
    const check = checkOf(t, clients, targets)
    const { wrong, wrongAnswer, settledAt } = await check.check()
    t.equal(wrong, 1, what)
    t.match(wrongAnswer, { client: 'client-00000217.test', newest })
    if (what !== 'another skew') t.match(wrongAnswer, { server: 'Oak', holds })
    t.equal(settledAt, undefined)
  }
})

t.test('a check waits for a slow server and returns when the last answer became right', async (t) => {
  const clients = reported(300)
  let late = 0
  const targets = [
    await server(t, 'Elm', clients),
    await server(t, 'Oak', clients, (line, client) => {
      if (client !== 217 || late === 0) return line
      late -= 1
      return '? WHATSAT client-00000217.test 0 0'
    }),
  ]
  const check = checkOf(t, clients, targets)
  late = 5
  await check.probe()
  t.equal(late, 0, 'a probe asks for it too, because it reported among the last')
  late = 5
  const before = performance.now()
  const { wrong, wrongAnswer, settledAt = 0 } = await check.check()
  t.same({ wrong, wrongAnswer }, { wrong: 0, wrongAnswer: undefined })
  t.equal(late, 0)
  t.ok(settledAt > before)
})

t.test('a probe asks for the clients that reported last', async (t) => {
  const clients = reported(5_000)
  const random = new Xorshift32(1)
  for (const client of [4_001, 4_003]) clients.report(client, random)
  const asked = new Set<number>()
  const elm = await server(t, 'Elm', clients, (line, client) => {
    asked.add(client)
    return line
  })
  await checkOf(t, clients, [elm]).probe()
  t.ok(asked.has(4_001) && asked.has(4_003) && asked.has(4_999) && asked.has(0))
  t.ok(asked.size <= 200 && asked.size >= 190, `${asked.size}`)
})

t.test('a refused question is counted as such, and not as a wrong answer', async (t) => {
  const clients = reported(300)
  const targets = [
    await server(t, 'Elm', clients),
    await server(t, 'Oak', clients, (line, client) => (client % 3 === 0 ? '? WHATSAT' : line)),
  ]
  const result = await checkOf(t, clients, targets).check()
  t.match(result, { checked: 300, wrong: 0, refused: 100, failed: [], settledAt: undefined })
  t.equal(result.wrongAnswer, undefined)
})

t.test('clients whose last report may not have been taken in are not asked for', async (t) => {
  const clients = reported(20)
  clients.uncertain.add(7)
  const asked = new Set<number>()
  const elm = await server(t, 'Elm', clients, (line, client) => {
    asked.add(client)
    return line
  })
  const check = checkOf(t, clients, [elm])
  await check.probe()
  t.match(await check.check(), { checked: 19, reported: 20, uncertain: 1, wrong: 0 })
  t.notOk(asked.has(7))
})

t.test('the others are checked when a server fails', async (t) => {
  const clients = reported(3)
  const fails = async (
    why: string | RegExp,
    how: (peer: Peer) => unknown,
    timeoutMs = 30_000,
  ): Promise<void> => {
    const { target: elm, next } = await target(t)
    const check = checkOf(t, clients, [elm, await server(t, 'Oak', clients)], { timeoutMs })
    const peer = await next()
    const [result] = await Promise.all([check.check(), how(peer)])
    t.match(result, { checked: 3, wrong: 0, refused: 0, failed: [{ server: 'Elm', why }] })
  }
  await fails('Elm closed the connection before it answered', (peer) => {
    peer.end()
  })
  await fails(/^cannot talk to Elm at 127\.0\.0\.1:[0-9]+: the connection was reset$/, async (peer) => {
    await peer.read()
    peer.socket.resetAndDestroy()
  })
  await fails('Elm sent a reply to no request', (peer) => {
    peer.write('? \n? \n? \n? \n')
  })
  await fails('Elm gave no answer within 0.05 s', () => undefined, 50)
})

t.test('a check that is closed ends with an error', async (t) => {
  const { target: elm } = await target(t)
  const check = checkOf(t, reported(3), [elm])
  const checking = check.check()
  check.close()
  await t.rejects(checking, { message: 'the check was stopped' })
})

t.test('each question may have a connection of its own', async (t) => {
  const clients = reported(20)
  const { target: elm, next } = await target(t)
  const check = checkOf(t, clients, [elm], { mode: 'one-shot' })
  const answering = (async () => {
    for (let client = 0; client < 20; client += 1) {
      const peer = await next()
      const line = await peer.read()
      // Some servers send an empty line first.
      peer.write(`\n${honest(clients, (line) => line)(line)}`)
      peer.end()
    }
  })()
  t.match(await check.check(), { checked: 20, wrong: 0, refused: 0 })
  await answering
})

t.test('a server may be silent while no question is unanswered', async (t) => {
  const clients = reported(3)
  const check = checkOf(t, clients, [await server(t, 'Elm', clients)], { timeoutMs: 50 })
  await check.check()
  await new Promise((resolve) => setTimeout(resolve, 150))
  t.match(await check.check(), { wrong: 0 })
})

t.test('evenlySpread returns at most that many clients, including the first', async (t) => {
  t.same([...evenlySpread(Uint32Array.of(5, 6, 7), 3)], [5, 6, 7])
  t.same([...evenlySpread(Uint32Array.of(5, 6, 7, 8, 9), 2)], [5, 7])
})
