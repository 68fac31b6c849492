import t from 'tap'
import { MachineEnd } from '../fixtures/machine.js'

const FEATURES = 'FEATURES pong counts'

t.test(
  'an unknown neighbour that is silent for 1 s is treated as a classic server, and may still greet',
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
  'an unanswered greeting is given up after 10 s and repeated after waits from 10 s to 5 minutes',
  async (t) => {
    const end = new MachineEnd()
    end.dial()
    end.ready(1)
    end.wait(1_000)
    end.ready(2)
    t.same(end.wait(9_000), ['close 1'])
    t.match(end.machine.live, { neighbour: 'plain' })
    let call = 3
    for (const seconds of [10, 20, 40, 80, 160, 300, 300]) {
      t.same(end.wait(seconds * 1_000 - 1), [])
      t.same(end.wait(1), [`dial ${call}`], `after ${seconds} s`)
      end.ready(call)
      t.same(end.wait(10_000), [`close ${call}`])
      call += 1
    }
    end.wait(300_000)
    end.ready(call)
    t.same(end.line(call, '? LINK'), [`close ${call}`], 'it answers like a classic server')
  },
)

t.test('the length of silence depends on the connect time', async (t) => {
  const end = new MachineEnd()
  end.dial()
  end.now = 2_000
  end.ready(1)
  t.same(end.wait(7_999), [])
  t.same(end.wait(1), ['dial 2'])
})

t.test(
  'a silent neighbour that has a herd key or has greeted is never treated as a classic server',
  async (t) => {
    const keyed = new MachineEnd({ mustGreet: true })
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

t.test('with a herd key, any answer but a greeting makes no link', async (t) => {
  const end = new MachineEnd({ mustGreet: true })
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

t.test('a neighbour that closes at once is neither linked nor treated as a classic server', async (t) => {
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

t.test(
  'a proxyherd neighbour that closed the connection at its greeting is greeted again 10 s after it is linked',
  async (t) => {
    const end = new MachineEnd()
    end.dial()
    end.ready(1)
    end.closed(1)
    end.ready(2)
    t.same(end.wait(1_000), ['up on 2: plain'])
    t.same(end.wait(10_000), ['dial 3'])
    end.ready(3)
    t.same(end.line(3, end.greeting()), ['close 2', `send 3 ${FEATURES}`, 'up on 3: proxyherd'])
  },
)

t.test('a connection that is no longer needed when it is ready is closed', async (t) => {
  const end = new MachineEnd()
  end.dial()
  end.ready(1)
  t.same(end.wait(1_000), ['dial 2'])
  t.same(end.line(1, '? LINK'), ['up on 1: plain'])
  t.same(end.ready(2), ['close 2'])
})

t.test('a neighbour that sends an AT meanwhile is linked at once', async (t) => {
  const end = new MachineEnd()
  end.dial()
  end.ready(1)
  end.closed(1)
  end.ready(2)
  t.same(end.line(2, 'AT Oak +0.1 kiwi +1+1 1'), ['up on 2: plain', 'deliver'])
})

t.test('a classic server that answers and closes the connection does not go up and down', async (t) => {
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
  'a neighbour that refuses to link while it is tried as a classic server is not treated as one',
  async (t) => {
    const end = new MachineEnd()
    end.dial()
    end.ready(1)
    t.same(end.wait(1_000), ['dial 2'])
    t.same(end.line(1, 'NOLINK it is Oak'), ['close 2', 'close 1', 'unreachable: it says it is Oak'])
  },
)
