import t, { type Test } from 'tap'
import type { Crowd } from '../../src/load/crowd.js'
import { evenly, Inspector, type InspectorOptions } from '../../src/load/inspector.js'
import type { Target } from '../../src/load/load-connection.js'
import { Dice } from '../../src/load/dice.js'
import { crowdOf, newestOf, START_MICROSECONDS } from '../fixtures/clients.js'
import type { Peer } from '../fixtures/peer.js'
import { SlowPath } from '../fixtures/slow-path.js'
import { answerAll, target, trickle } from '../fixtures/targets.js'

/** A crowd in which each client has reported so many times. */
function reported(clients: number, times = 1): Crowd {
  const crowd = crowdOf(clients)
  const dice = new Dice(1)
  for (let time = 0; time < times; time += 1)
    for (let client = 0; client < clients; client += 1) crowd.report(client, dice)
  return crowd
}

/** A server that knows the newest of each client, or says otherwise. */
async function server(
  t: Test,
  name: string,
  crowd: Crowd,
  says: (line: string, client: number) => string = (line) => line,
): Promise<Target> {
  const { target: elm, next } = await target(t, name)
  void next().then((peer) => answerAll(peer, honest(crowd, says)))
  return elm
}

function honest(crowd: Crowd, says: (line: string, client: number) => string): (line: string) => string {
  return (question) => {
    const client = Number(/client-([0-9]{8})/.exec(question)?.[1])
    const line = says(newestOf(crowd, client).replace('IAMAT', 'AT Elm +0.5'), client)
    return line.startsWith('AT') ? `${line}\n{\n}\n\n` : `${line}\n`
  }
}

function inspectorOf(
  t: Test,
  crowd: Crowd,
  targets: readonly Target[],
  options: Partial<InspectorOptions> = {},
): Inspector {
  const inspector = new Inspector(targets, {
    crowd,
    startMicroseconds: START_MICROSECONDS,
    timeoutMs: 30_000,
    settleMs: 30_000,
    mostInspected: 100_000,
    ...options,
  })
  t.teardown(() => {
    inspector.close()
  })
  return inspector
}

t.test('servers that hold the newest of each client, and the same', async (t) => {
  const crowd = reported(500, 3)
  const targets = [await server(t, 'Elm', crowd), await server(t, 'Oak', crowd)]
  const inspector = inspectorOf(t, crowd, targets)
  t.equal(inspector.progress, 0)
  const before = performance.now()
  t.ok((await inspector.probe()) >= before)
  const all = { checked: 500, reported: 500, wrong: 0, mistake: undefined, settledAt: undefined }
  t.same(await inspector.inspect(), all)
  t.equal(inspector.progress, 1)
  t.same(await inspector.inspect(), all, 'however often they are asked')
})

t.test('answers may come in any pieces', async (t) => {
  const crowd = reported(20)
  const slow = await SlowPath.to((await server(t, 'Elm', crowd)).address)
  t.teardown(() => {
    slow.close()
  })
  const { target: elm, next } = await target(t)
  const inspector = inspectorOf(t, crowd, [elm])
  const peer = await next()
  const inspected = inspector.inspect()
  for (let client = 0; client < 20; client += 1)
    await trickle(peer, honest(crowd, (line) => line)(await peer.read()))
  t.match(await inspected, { checked: 20, wrong: 0 })
})

t.test('of many clients, an even share is asked for', async (t) => {
  const crowd = reported(1_000)
  const asked = new Set<number>()
  const elm = await server(t, 'Elm', crowd, (line, client) => {
    asked.add(client)
    return line
  })
  const inspector = inspectorOf(t, crowd, [elm], { mostInspected: 100 })
  t.match(await inspector.inspect(), { checked: 100, reported: 1_000, wrong: 0 })
  t.same(
    [...asked],
    Array.from({ length: 100 }, (_, index) => 10 * index),
  )
})

t.test('clients that have not reported are not asked for', async (t) => {
  const crowd = crowdOf(10)
  crowd.report(3, new Dice(1))
  const inspector = inspectorOf(t, crowd, [await server(t, 'Elm', crowd)])
  t.match(await inspector.inspect(), { checked: 1, reported: 1, wrong: 0 })
})

t.test('a server that lies is found out', async (t) => {
  const crowd = reported(300, 2)
  const newest = newestOf(crowd, 217).replace(/^IAMAT \S+ /, '')
  const lies: Record<string, { says: (line: string) => string; holds: RegExp | undefined }> = {
    'an older time': { says: (line) => line.replace(/\d{3}\.\d{9}$/, '000.000000000'), holds: /000\.0{9}$/ },
    'another position': {
      says: (line) => line.replace(/[+-]\d{3}\.\d+ /, '+000.000000 '),
      holds: /\+000\.0{6} /,
    },
    'a nanosecond more': { says: (line) => line.replace(/\d$/, '8'), holds: /8$/ },
    'another client': { says: (line) => line.replace('00000217', '00000216'), holds: /00000216/ },
    'another skew': { says: (line) => line.replace('+0.5', '+0.6'), holds: /\+0\.6/ },
    'no more than the end of it': { says: () => `AT ${newest}`, holds: /^AT [+-]/ },
    'nothing at all': { says: () => '? WHATSAT client-00000217.test 0 0', holds: undefined },
  }
  for (const [what, { says, holds }] of Object.entries(lies)) {
    const targets = [
      await server(t, 'Elm', crowd),
      await server(t, 'Oak', crowd, (line, client) => (client === 217 ? says(line) : line)),
    ]
    // Without a probe before it, it gives up as soon as nothing more becomes right.
    const inspector = inspectorOf(t, crowd, targets)
    const { wrong, mistake, settledAt } = await inspector.inspect()
    t.equal(wrong, 1, what)
    t.match(mistake, { client: 'client-00000217.test', newest })
    if (what !== 'another skew') t.match(mistake, { server: 'Oak', holds })
    t.equal(settledAt, undefined)
  }
})

t.test('a server that lags is waited for, and when it had it all is told', async (t) => {
  const crowd = reported(300)
  let late = 0
  const targets = [
    await server(t, 'Elm', crowd),
    await server(t, 'Oak', crowd, (line, client) => {
      if (client !== 217 || late === 0) return line
      late -= 1
      return '? WHATSAT client-00000217.test 0 0'
    }),
  ]
  const inspector = inspectorOf(t, crowd, targets)
  late = 5
  await inspector.probe()
  t.equal(late, 0, 'a probe looks at it too, since it is among the last that reported')
  late = 5
  const before = performance.now()
  const { wrong, mistake, settledAt = 0 } = await inspector.inspect()
  t.same({ wrong, mistake }, { wrong: 0, mistake: undefined })
  t.equal(late, 0)
  t.ok(settledAt > before)
})

t.test('a probe looks at the clients that reported last', async (t) => {
  const crowd = reported(5_000)
  const dice = new Dice(1)
  for (const client of [4_001, 4_003]) crowd.report(client, dice)
  const asked = new Set<number>()
  const elm = await server(t, 'Elm', crowd, (line, client) => {
    asked.add(client)
    return line
  })
  await inspectorOf(t, crowd, [elm]).probe()
  t.ok(asked.has(4_001) && asked.has(4_003) && asked.has(4_999) && asked.has(0))
  t.ok(asked.size <= 200 && asked.size >= 190, `${asked.size}`)
})

t.test('an error names the server that failed', async (t) => {
  const crowd = reported(3)
  const fails = async (
    message: string | RegExp,
    how: (peer: Peer) => unknown,
    timeoutMs = 30_000,
  ): Promise<void> => {
    const { target: elm, next } = await target(t)
    const inspector = inspectorOf(t, crowd, [elm], { timeoutMs })
    const peer = await next()
    await Promise.all([t.rejects(inspector.inspect(), { message }), how(peer)])
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

t.test('nothing is wrong with a server that says nothing while it is not asked', async (t) => {
  const crowd = reported(3)
  const inspector = inspectorOf(t, crowd, [await server(t, 'Elm', crowd)], { timeoutMs: 50 })
  await inspector.inspect()
  await new Promise((resolve) => setTimeout(resolve, 150))
  t.match(await inspector.inspect(), { wrong: 0 })
})

t.test('at most so many are taken, the first among them', async (t) => {
  t.same([...evenly(Uint32Array.of(5, 6, 7), 3)], [5, 6, 7])
  t.same([...evenly(Uint32Array.of(5, 6, 7, 8, 9), 2)], [5, 7])
})
