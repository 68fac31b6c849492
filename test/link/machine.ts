import t from 'tap'
import { MachineEnd, WALL_MS } from '../fixtures/machine.js'

const FEATURES = 'FEATURES pong counts memory clock cutoffs forget'

t.test('a neighbour that greets back is linked', async (t) => {
  const end = new MachineEnd()
  t.same(end.dial(), ['dial 1'])
  t.same(end.ready(1), [end.greets(1)])
  t.equal(end.machine.live, undefined, 'it is not linked before it has greeted')
  end.now = 40
  t.same(end.line(1, end.greeting()), [`send 1 ${FEATURES}`, 'up on 1'])
  t.match(end.machine.live, { call: 1, since: 40 })
  t.same(end.line(1, FEATURES), ['features pong counts memory clock cutoffs forget', 'deliver'])
})

t.test('a neighbour that calls is linked when a line has followed our greeting', async (t) => {
  const end = new MachineEnd()
  t.same(end.called(), [end.greets(1)])
  t.equal(end.machine.live, undefined)
  t.same(end.dial(), [], 'it is not dialled meanwhile')
  t.same(end.line(1, 'DIGEST 0011223344556677 0'), [`send 1 ${FEATURES}`, 'up on 1', 'deliver'])
})

t.test('a call that was given up is never a link', async (t) => {
  for (const gone of ['halfClosed', 'closed'] as const) {
    const end = new MachineEnd()
    end.called()
    t.same(end[gone](1), gone === 'closed' ? [] : ['close 1'])
    t.same(end.wait(100), ['dial 2'], 'the neighbour is dialled')
  }
})

t.test('a call that is not proven within 10 s is closed', async (t) => {
  const end = new MachineEnd()
  end.called()
  t.same(end.wait(9_999), [])
  t.same(end.wait(1), ['close 1'])
})

t.test('a different topology is reported when the link comes up', async (t) => {
  const end = new MachineEnd()
  end.dial()
  end.ready(1)
  t.equal(
    end.line(1, end.greeting('7', { herd: 'ffffffff' }))[1],
    'up on 1, but its topology is not the same',
  )
})

t.test('answers that do not make a link', async (t) => {
  const cases = {
    'NOLINK it is Oak': 'it says it is Oak',
    'LINK 2 Juzang Clark': 'it speaks version 2 of links, not 1',
    'LINK 1 Oak Clark 7 0a1b2c3d': 'it says it is Oak',
  }
  for (const [line, why] of Object.entries(cases)) {
    const end = new MachineEnd()
    end.dial()
    end.ready(1)
    t.same(end.line(1, line), ['close 1', `unreachable: ${why}`], line)
    t.same(end.wait(50), ['dial 2'])
    end.ready(2)
    t.same(end.line(2, line), ['close 2'], 'the reason is reported once')
  }
})

t.test('an unreachable neighbour is dialled repeatedly and reported once', async (t) => {
  const end = new MachineEnd()
  end.dial()
  t.same(end.closed(1, 'nobody listens there'), ['unreachable: nobody listens there'])
  for (const [call, backoffMs] of [50, 100, 200, 400, 800, 1_600, 2_500, 2_500].entries()) {
    t.same(end.wait(backoffMs - 1), [])
    t.same(end.wait(1), [`dial ${call + 2}`])
    t.same(end.closed(call + 2, 'nobody listens there'), [])
  }
  end.wait(2_500)
  t.same(end.closed(10, 'the host is down'), ['unreachable: the host is down'])
})

t.test('connecting and TLS may each take 10 s', async (t) => {
  const end = new MachineEnd({ mustGreet: true })
  end.dial()
  t.same(end.wait(9_999), [])
  t.same(end.connected(1), [])
  t.same(end.wait(9_999), [])
  t.same(end.wait(1), ['close 1', 'unreachable: it does not answer'])
})

t.test('a neighbour that cannot be connected to is not tried as a classic server', async (t) => {
  const end = new MachineEnd()
  end.dial()
  t.same(end.wait(10_000), ['close 1', 'unreachable: it does not answer'])
})

t.test('the reason why a neighbour is unreachable is reported again after a link', async (t) => {
  const end = new MachineEnd()
  end.dial()
  t.same(end.closed(1, 'nobody listens there'), ['unreachable: nobody listens there'])
  end.wait(50)
  end.ready(2)
  end.line(2, end.greeting())
  end.closed(2)
  end.wait(100)
  t.same(end.closed(3, 'nobody listens there'), ['unreachable: nobody listens there'])
})

t.test('events before the next dial do not postpone it', async (t) => {
  const end = new MachineEnd()
  end.dial()
  end.closed(1, 'nobody listens there')
  end.now = 49
  for (const effects of [end.wake(), end.closed(1), end.dial()]) t.same(effects, [])
  t.same(end.wait(1), ['dial 2'])
})

t.test('a neighbour is not dialled twice, however long connecting takes', async (t) => {
  const end = new MachineEnd()
  end.dial()
  end.now = 5_000
  t.same(end.dial(), [])
})

t.test('a dial event dials the neighbour, but not twice within 0.1 s', async (t) => {
  const end = new MachineEnd()
  end.dial()
  end.closed(1, 'nobody listens there')
  t.same(end.dial(), [])
  end.now = 40
  t.same(end.dial(), [])
  end.now = 100
  t.same(end.dial(), ['dial 2'])
  t.same(end.dial(), [])
})

t.test('a neighbour whose address is not known has to dial', async (t) => {
  let isKnown = false
  const end = new MachineEnd({ canDial: () => isKnown })
  t.same(end.dial(), [])
  t.same(end.wait(10_000), [])
  isKnown = true
  t.same(end.wait(2_500), ['dial 1'])
})

t.test('heartbeats are sent every second unless there is a backlog', async (t) => {
  const end = new MachineEnd()
  end.linked()
  end.line(1, 'FEATURES newer words')
  t.same(end.wait(1_000), ['send 1 PING'], 'a neighbour that returns no tokens gets none')
  end.line(1, FEATURES)
  t.same(end.wait(1_000), ['send 1 PING 2000'])
  end.isBacklogged = true
  end.heardAt = end.now
  t.same(end.wait(1_000), [])
})

t.test('no heartbeat is sent before it is due', async (t) => {
  const end = new MachineEnd()
  end.linked()
  end.now = 999
  t.same(end.wake(), [])
})

t.test('tokens are returned, and measure the round trip', async (t) => {
  const end = new MachineEnd()
  end.linked()
  end.now = 1_000
  end.roundTripMs = NaN
  t.same(end.line(1, 'PING 17'), ['send 1 PONG 17', 'deliver'])
  t.same(end.line(1, 'PING'), ['deliver'])
  t.ok(Number.isNaN(end.roundTripMs), 'a heartbeat of the neighbour measures nothing')
  t.same(end.line(1, 'PONG 700'), ['deliver'])
  t.equal(end.roundTripMs, 300 + 4 * 150)
})

t.test('tokens come back with the clock, which shows by how much it differs from ours', async (t) => {
  const end = new MachineEnd()
  end.linked()
  t.match(end.machine.live, { roundTripMs: undefined, clockOffsetMs: undefined })
  end.line(1, FEATURES)
  end.now = 1_000
  t.same(end.line(1, 'PING 17'), [`send 1 PONG 17 ${WALL_MS + 1_000}000`, 'deliver'])
  t.same(end.line(1, `PONG 800 ${WALL_MS + 3_900}000`), ['deliver'])
  t.match(end.machine.live, { roundTripMs: 200, clockOffsetMs: 3_000 })
  t.same(end.line(1, 'PONG 1000'), ['deliver'], 'an older version has sent no clock')
  t.match(end.machine.live, { roundTripMs: 175, clockOffsetMs: 3_000 })
})

t.test('the first guess of the round trip is how long the neighbour took to answer', async (t) => {
  const ours = new MachineEnd()
  ours.now = 1_000
  ours.dial()
  ours.ready(1)
  ours.now = 1_040
  ours.line(1, ours.greeting())
  t.equal(ours.roundTripMs, 40 + 4 * 20)
  const theirs = new MachineEnd()
  theirs.now = 1_000
  theirs.called()
  theirs.now = 1_060
  theirs.line(1, FEATURES)
  t.equal(theirs.roundTripMs, 60 + 4 * 30)
})

t.test('a link counts as dead after 5 s of silence plus two round trips', async (t) => {
  for (const [roundTripMs, limitMs] of [
    [0, 5_000],
    [100, 5_600],
    [2_000, 17_000],
  ] as const) {
    const end = new MachineEnd({ mustGreet: true })
    end.dial()
    end.ready(1)
    end.now = roundTripMs
    end.line(1, end.greeting())
    const from = end.now
    while (end.machine.live && end.now < 60_000) end.wait(1_000)
    t.ok(
      end.now - from >= limitMs && end.now - from <= limitMs + 1_000,
      `${roundTripMs} ms: ${end.now - from}`,
    )
  }
  const end = new MachineEnd()
  end.linked()
  t.same(
    end.wait(5_000).filter((words) => !words.startsWith('send')),
    ['close 1', 'down: it has sent nothing for 5 s'],
  )
})

t.test('a process that wakes every 2 s was not delayed', async (t) => {
  const end = new MachineEnd()
  end.linked()
  for (end.now = 2_000; end.now < 6_000; end.now += 2_000) end.wake()
  t.same(end.wake(), ['close 1', 'down: it has sent nothing for 6 s'])
})

t.test('a process that was delayed gives its neighbour more time', async (t) => {
  const end = new MachineEnd()
  end.linked()
  end.now = 60_000
  t.same(end.wake(), ['send 1 PING'])
  t.match(end.machine.live, { call: 1 })
})

t.test(
  'a link that was up for more than 5 s is dialled again soon, and one that was not after a longer wait',
  async (t) => {
    for (const [upMs, waitMs] of [
      [5_001, 50],
      [5_000, 200],
    ] as const) {
      const end = new MachineEnd()
      end.dial()
      end.closed(1, 'nobody listens there')
      end.wait(50)
      end.closed(2, 'nobody listens there')
      end.wait(100)
      end.ready(3)
      end.line(3, end.greeting())
      end.now += upMs
      end.closed(3)
      t.same(end.wait(waitMs - 1), [])
      t.same(end.wait(1), ['dial 4'])
    }
  },
)

t.test('a stopped machine neither dials nor answers, and keeps the live call', async (t) => {
  const end = new MachineEnd()
  end.linked()
  end.called('8')
  t.same(end.stop(), ['close 2'])
  t.match(end.machine.live, { call: 1 })
  t.same(end.called('8'), ['close 3'])
  t.same(end.closed(1), ['down: it closed the connection'])
  t.same(end.dial(), [])
  t.equal(end.machine.wakeAt, Infinity)
})

t.test('events of ended calls change nothing', async (t) => {
  const end = new MachineEnd()
  end.linked()
  end.closed(1)
  t.same(end.line(1, FEATURES), [])
  t.same(end.closed(1), [])
})
