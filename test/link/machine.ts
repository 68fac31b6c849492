import t from 'tap'
import { MachineEnd } from '../fixtures/machine.js'

const FEATURES = 'FEATURES pong counts'

t.test('a neighbour that greets back is linked', async (t) => {
  const end = new MachineEnd()
  t.same(end.dial(), ['dial 1'])
  t.same(end.ready(1), [end.greets(1)])
  t.equal(end.machine.live, undefined, 'it is not linked before it has greeted')
  end.now = 40
  t.same(end.line(1, end.greeting()), [`send 1 ${FEATURES}`, 'up on 1: proxyherd'])
  t.match(end.machine.live, { call: 1, neighbour: 'proxyherd', since: 40 })
  t.same(end.line(1, FEATURES), ['features pong counts', 'deliver'])
})

t.test('a neighbour that calls is linked when a line has followed our greeting', async (t) => {
  const end = new MachineEnd()
  t.same(end.called(), [end.greets(1)])
  t.equal(end.machine.live, undefined)
  t.same(end.dial(), [], 'it is not dialled meanwhile')
  t.same(end.line(1, 'DIGEST 0011223344556677 0'), [`send 1 ${FEATURES}`, 'up on 1: proxyherd', 'deliver'])
})

t.test('a call that was given up is never a link', async (t) => {
  for (const gone of ['halfClosed', 'closed'] as const) {
    const end = new MachineEnd()
    end.called()
    t.same(end[gone](1), gone === 'closed' ? [] : ['close 1'])
    t.same(end.wait(100), ['dial 2'], 'the neighbour is dialled')
  }
})

t.test('a call that proves nothing for 10 s is closed', async (t) => {
  const end = new MachineEnd()
  end.called()
  t.same(end.wait(9_999), [])
  t.same(end.wait(1), ['close 1'])
})

t.test('another topology is said when the link comes up', async (t) => {
  const end = new MachineEnd()
  end.dial()
  end.ready(1)
  t.equal(
    end.line(1, end.greeting('7', { herd: 'ffffffff' }))[1],
    'up on 1: proxyherd, but its topology is not the same',
  )
})

t.test('answers that make no link', async (t) => {
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
    t.same(end.line(2, line), ['close 2'], 'the reason is told once')
  }
})

t.test(
  'an unknown neighbour that says nothing for 1 s is served as a classic one, and may still greet',
  async (t) => {
    const end = new MachineEnd()
    end.dial()
    end.ready(1)
    t.same(end.wait(1_000), ['dial 2'])
    t.same(end.ready(2), ['up on 2: plain'])
    t.same(end.wait(8_000), [], 'the greeting stays open')
    t.same(
      end.line(1, end.greeting()),
      ['close 2', `send 1 ${FEATURES}`, 'up on 1: proxyherd'],
      'no link is lost',
    )
  },
)

t.test(
  'the greeting that is not answered is given up after 10 s, and said again after 5 minutes',
  async (t) => {
    const end = new MachineEnd()
    end.dial()
    end.ready(1)
    end.wait(1_000)
    end.ready(2)
    t.same(end.wait(9_000), ['close 1'])
    t.match(end.machine.live, { neighbour: 'plain' })
    t.same(end.wait(299_000), [])
    t.same(end.wait(1_000), ['dial 3'])
    end.ready(3)
    t.same(end.wait(10_000), ['close 3'])
    t.same(end.wait(300_000), ['dial 4'])
    end.ready(4)
    t.same(end.line(4, '? LINK'), ['close 4'], 'it answers like a classic server')
  },
)

t.test('how long silence must last follows the connect time', async (t) => {
  const end = new MachineEnd()
  end.dial()
  end.now = 2_000
  end.ready(1)
  t.same(end.wait(7_999), [])
  t.same(end.wait(1), ['dial 2'])
})

t.test(
  'a neighbour with a herd key, or that has greeted, is never served as a classic one for its silence',
  async (t) => {
    const keyed = new MachineEnd({ isKeyed: true })
    keyed.dial()
    keyed.ready(1)
    t.same(keyed.wait(10_000), ['close 1', 'unreachable: it does not answer'])
    const greeted = new MachineEnd()
    greeted.linked()
    t.same(greeted.closed(1), ['down: it closed the connection'])
    t.same(greeted.wait(50), ['dial 2'])
    greeted.ready(2)
    t.same(greeted.wait(10_000), ['close 2', 'unreachable: it does not answer'])
  },
)

t.test('with a herd key, an answer of another kind is no link', async (t) => {
  const end = new MachineEnd({ isKeyed: true })
  end.dial()
  end.ready(1)
  t.same(end.line(1, '? LINK'), ['close 1', 'unreachable: it does not answer as proxyherd'])
})

t.test('a neighbour that answers a greeting with anything else is a classic server', async (t) => {
  const answers = new MachineEnd()
  answers.dial()
  answers.ready(1)
  t.same(answers.line(1, '? LINK'), ['up on 1: plain'])
  const speaks = new MachineEnd()
  speaks.dial()
  speaks.ready(1)
  t.same(speaks.line(1, 'AT Oak +0.1 kiwi +1+1 1'), ['up on 1: plain', 'deliver'])
})

t.test('a neighbour that closes at once is neither linked nor served as a classic one', async (t) => {
  const end = new MachineEnd()
  end.dial()
  end.ready(1)
  t.same(end.closed(1), ['dial 2'], 'it may be a classic server that closes on what it does not understand')
  t.same(end.ready(2), [], 'a connection counts only when it stays open')
  t.same(end.closed(2), ['unreachable: it closed the connection'])
  t.same(end.wait(50), ['dial 3'])
  end.ready(3)
  t.same(end.closed(3), ['dial 4'])
  end.ready(4)
  t.same(end.closed(4), [], 'the reason is told once')
})

t.test(
  'a classic server that closes on a greeting is linked when another connection has stayed open for 1 s',
  async (t) => {
    const end = new MachineEnd()
    end.dial()
    end.ready(1)
    end.halfClosed(1)
    end.ready(2)
    t.same(end.line(2, '? something'), [])
    t.same(end.wait(1_000), ['up on 2: plain'])
    t.same(end.closed(2), ['down: it closed the connection'])
  },
)

t.test('one that says an AT meanwhile is linked at once', async (t) => {
  const end = new MachineEnd()
  end.dial()
  end.ready(1)
  end.closed(1)
  end.ready(2)
  t.same(end.line(2, 'AT Oak +0.1 kiwi +1+1 1'), ['up on 2: plain', 'deliver'])
})

t.test('a classic server that answers and hangs up does not come and go', async (t) => {
  const end = new MachineEnd()
  end.dial()
  end.ready(1)
  t.same(end.line(1, '? LINK'), ['up on 1: plain'])
  t.same(end.halfClosed(1), ['close 1 when flushed', 'down: it closed the connection'])
  end.wait(50)
  end.ready(2)
  t.same(end.line(2, '? LINK'), [], 'from now on it has to stay')
  t.same(end.closed(2), ['dial 3'], 'without a greeting it may')
})

t.test('a neighbour that is not there is dialled again and again, and told of once', async (t) => {
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
  const end = new MachineEnd({ isKeyed: true })
  end.dial()
  t.same(end.wait(9_999), [])
  t.same(end.connected(1), [])
  t.same(end.wait(9_999), [])
  t.same(end.wait(1), ['close 1', 'unreachable: it does not answer'])
})

t.test('a neighbour is dialled when somebody asks for it, but not twice within 0.1 s', async (t) => {
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

t.test('when both greet at once, both keep the call of the lesser name', async (t) => {
  const [clark, juzang] = [new MachineEnd(), new MachineEnd({ server: 'Juzang', neighbour: 'Clark' })]
  for (const end of [clark, juzang]) {
    end.dial()
    end.ready(1)
  }
  t.same(clark.called(), [], 'the call of Juzang waits')
  t.same(juzang.called(), ['close 1', juzang.greets(2)], 'and Juzang gives it up')
  t.same(clark.line(1, clark.greeting()), ['close 2', `send 1 ${FEATURES}`, 'up on 1: proxyherd'])
  t.same(juzang.line(2, FEATURES).slice(0, 2), [`send 2 ${FEATURES}`, 'up on 2: proxyherd'])
})

t.test('a call of ours that has not greeted yet gives way to the one of the neighbour', async (t) => {
  const end = new MachineEnd()
  end.dial()
  end.connected(1)
  t.same(end.called(), ['close 1', end.greets(2)])
})

t.test('a call that waits for ours is answered when ours has failed, or was silent for long', async (t) => {
  const failed = new MachineEnd()
  failed.dial()
  failed.ready(1)
  failed.called()
  t.same(failed.closed(1, 'the connection was reset'), [failed.greets(2)])
  const silent = new MachineEnd()
  silent.dial()
  silent.ready(1)
  silent.called()
  t.same(silent.wait(1_000), [silent.greets(2)])
  t.same(silent.line(1, silent.greeting()), ['close 2', `send 1 ${FEATURES}`, 'up on 1: proxyherd'])
})

t.test(
  'a call that waits is answered after 10 s at the latest, and closed when it says more than its greeting',
  async (t) => {
    const waiting = (): MachineEnd => {
      const end = new MachineEnd()
      end.dial()
      end.ready(1)
      end.called()
      return end
    }
    const speaks = waiting()
    t.same(speaks.line(2, 'AT Juzang +0.1 kiwi +1+1 1'), ['close 2'])
    t.equal(speaks.machine.live, undefined)
    const answered = waiting()
    t.same(answered.line(1, '? LINK'), ['up on 1: plain'], 'something else answers where we dial')
    t.same(answered.wait(10_000), [answered.greets(2)])
  },
)

t.test(
  'when both have been silent and then answer each other, both keep the call of the lesser name',
  async (t) => {
    const [clark, juzang] = [new MachineEnd(), new MachineEnd({ server: 'Juzang', neighbour: 'Clark' })]
    for (const end of [clark, juzang]) {
      end.dial()
      end.ready(1)
      t.same(end.wait(1_000), ['dial 2'])
      end.closed(2, 'the connection was reset')
      t.same(end.called(), [end.greets(3)])
    }
    t.same(juzang.line(1, juzang.greeting()), [], 'Juzang waits for Clark')
    t.same(clark.line(1, clark.greeting()), ['close 3', `send 1 ${FEATURES}`, 'up on 1: proxyherd'])
    t.same(juzang.line(3, FEATURES).slice(0, 3), ['close 1', `send 3 ${FEATURES}`, 'up on 3: proxyherd'])
  },
)

t.test('a call that gives way is the link after all when the other one comes to nothing', async (t) => {
  const deferred = (): MachineEnd => {
    const end = new MachineEnd({ server: 'Juzang', neighbour: 'Clark' })
    end.dial()
    end.ready(1)
    end.wait(1_000)
    end.closed(2, 'the connection was reset')
    end.called()
    t.same(end.line(1, end.greeting()), [])
    return end
  }
  const closed = deferred()
  t.same(closed.closed(3), [`send 1 ${FEATURES}`, 'up on 1: proxyherd'])
  const spoken = deferred()
  t.same(spoken.line(1, 'DIGEST 0011223344556677 0'), [
    'close 3',
    `send 1 ${FEATURES}`,
    'up on 1: proxyherd',
    'deliver',
  ])
  const late = deferred()
  t.same(late.wait(10_000).slice(0, 3), ['close 3', `send 1 ${FEATURES}`, 'up on 1: proxyherd'])
})

t.test(
  'a neighbour that connects anew takes the place of its earlier self, when it has proved itself',
  async (t) => {
    const end = new MachineEnd()
    end.linked('7')
    t.same(end.called('8'), [end.greets(2)])
    t.match(end.machine.live, { call: 1 })
    t.same(end.line(2, FEATURES).slice(0, 3), [
      'close 1',
      'down: it has connected anew',
      `send 2 ${FEATURES}`,
    ])
  },
)

t.test('of two servers of one name, the one that was started later is linked', async (t) => {
  const end = new MachineEnd()
  end.linked('10')
  t.same(end.called('9'), [
    'send 2 NOLINK it is linked to another server of that name, which was started later',
    'close 2 when flushed',
  ])
  const late = new MachineEnd()
  late.called('9')
  late.called('10')
  late.line(2, FEATURES)
  t.same(late.line(1, FEATURES), [], 'what the earlier one called before is closed')
  const both = new MachineEnd()
  both.called('9')
  both.called('10')
  both.called('9')
  both.line(2, FEATURES)
  t.same(both.line(3, FEATURES), ['close 3'], 'and what it called later')
})

t.test('at most 4 calls of a neighbour wait to prove themselves', async (t) => {
  const end = new MachineEnd()
  for (let call = 1; call <= 4; call += 1) t.same(end.called(), [end.greets(call)])
  t.same(end.called(), ['close 1', end.greets(5)])
})

t.test('a classic link is replaced when the neighbour calls and greets, or is greeted soon', async (t) => {
  const classic = (): MachineEnd => {
    const end = new MachineEnd()
    end.dial()
    end.ready(1)
    end.line(1, '? LINK')
    return end
  }
  const proved = classic()
  t.same(proved.called(), [proved.greets(2)])
  t.same(proved.line(2, FEATURES).slice(0, 3), ['close 1', `send 2 ${FEATURES}`, 'up on 2: proxyherd'])
  const givenUp = classic()
  givenUp.called()
  givenUp.closed(2)
  t.same(givenUp.wait(50), ['dial 3'])
  givenUp.ready(3)
  t.same(givenUp.line(3, 'NOLINK it is Oak'), [
    'close 1',
    'down: it says it is Oak',
    'close 3',
    'unreachable: it says it is Oak',
  ])
})

t.test(
  'a neighbour that refuses a link while it is tried as a classic one is not served as such',
  async (t) => {
    const end = new MachineEnd()
    end.dial()
    end.ready(1)
    t.same(end.wait(1_000), ['dial 2'])
    t.same(end.line(1, 'NOLINK it is Oak'), ['close 2', 'close 1', 'unreachable: it says it is Oak'])
  },
)

t.test('heartbeats go out every second, unless there is something to be sent anyway', async (t) => {
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

t.test('tokens are returned, and measure the round trip', async (t) => {
  const end = new MachineEnd()
  end.linked()
  t.same(end.line(1, 'PING 17'), ['send 1 PONG 17', 'deliver'])
  t.same(end.line(1, 'PING'), ['deliver'])
  end.now = 300
  t.same(end.line(1, 'PONG 0'), ['deliver'])
  t.ok(end.roundTripMs > 0)
})

t.test('a link is taken for dead after 5 s of silence and two round trips', async (t) => {
  for (const [roundTripMs, limitMs] of [
    [0, 5_000],
    [100, 5_600],
    [2_000, 17_000],
  ] as const) {
    const end = new MachineEnd({ isKeyed: true })
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

t.test('a process that was held up gives its neighbour time', async (t) => {
  const end = new MachineEnd()
  end.linked()
  end.now = 60_000
  t.same(end.wake(), ['send 1 PING'])
  t.match(end.machine.live, { call: 1 })
})

t.test(
  'a link that was up for more than 5 s is dialled again soon, one that was not after a longer wait',
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

t.test('when it has stopped it neither dials nor answers, and keeps the call that is live', async (t) => {
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

t.test('events of calls that are over change nothing', async (t) => {
  const end = new MachineEnd()
  end.linked()
  end.closed(1)
  t.same(end.line(1, FEATURES), [])
  t.same(end.closed(1), [])
})
