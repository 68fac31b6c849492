import t from 'tap'
import { MachineEnd } from '../fixtures/machine.js'

const FEATURES = 'FEATURES pong counts memory clock cutoffs forget'

t.test('an unknown neighbour that is silent for 1 s is classic, and may still greet', async (t) => {
  const end = new MachineEnd()
  end.dial()
  end.ready(1)
  t.same(end.wait(1_000), ['classic'])
  t.equal(end.machine.live, undefined)
  t.same(end.wait(8_000), [], 'the greeting stays open')
  t.same(end.line(1, end.greeting()), [`send 1 ${FEATURES}`, 'up on 1'])
})

t.test('an unanswered greeting is given up after 10 s and repeated every 5 minutes', async (t) => {
  const end = new MachineEnd()
  end.dial()
  end.ready(1)
  end.wait(1_000)
  t.same(end.wait(9_000), ['close 1'])
  for (let call = 2; call < 5; call += 1) {
    t.same(end.wait(299_999), [])
    t.same(end.wait(1), [`dial ${call}`])
    end.ready(call)
    t.same(end.wait(10_000), [`close ${call}`], 'it is still classic')
  }
  t.same(end.dial(), ['dial 5'], 'or when its owner asks for it')
  end.ready(5)
  t.same(end.line(5, '? LINK'), ['close 5'])
})

t.test('the length of silence depends on the connect time', async (t) => {
  const end = new MachineEnd()
  end.now = 60_000
  end.dial()
  end.now += 2_000
  end.ready(1)
  t.same(end.wait(7_999), [])
  t.same(end.wait(1), ['classic'])
})

t.test('a silent neighbour that must greet or has greeted is never classic', async (t) => {
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
})

t.test('a neighbour that must greet is not linked by any other answer', async (t) => {
  const end = new MachineEnd({ mustGreet: true })
  end.dial()
  end.ready(1)
  t.same(end.line(1, '? LINK'), ['close 1', 'unreachable: it does not answer as proxyherd'])
})

t.test('a neighbour that answers a greeting with anything else is classic', async (t) => {
  for (const answer of ['? LINK', 'AT Oak +0.1 kiwi +1+1 1', '']) {
    const end = new MachineEnd()
    end.dial()
    end.ready(1)
    t.same(end.line(1, answer), ['close 1', 'classic'])
    t.same(end.wait(299_999), [])
    t.same(end.wait(1), ['dial 2'], 'it is greeted again after 5 minutes')
  }
})

t.test('a neighbour that hangs up is classic when it has done so three times in a row', async (t) => {
  const end = new MachineEnd()
  end.dial()
  end.ready(1)
  t.same(end.closed(1), ['unreachable: it closed the connection'])
  t.same(end.wait(50), ['dial 2'])
  t.same(end.closed(2, 'nobody listens there'), ['unreachable: nobody listens there'])
  end.wait(100)
  for (const call of [3, 4]) {
    end.ready(call)
    end.closed(call)
    t.same(end.wait(5_000).slice(0, 1), [`dial ${call + 1}`])
  }
  end.ready(5)
  t.same(end.halfClosed(5), ['close 5', 'classic'])
  let call = 6
  for (const seconds of [10, 20, 40, 80, 160, 300, 300]) {
    t.same(end.wait(seconds * 1_000 - 1), [])
    t.same(end.wait(1), [`dial ${call}`], `it is greeted again after ${seconds} s`)
    end.ready(call)
    t.same(end.closed(call), [])
    call += 1
  }
})

t.test('a classic neighbour is linked when it calls and greets, or is greeted soon', async (t) => {
  const classic = (): MachineEnd => {
    const end = new MachineEnd()
    end.dial()
    end.ready(1)
    end.line(1, '? LINK')
    return end
  }
  const proved = classic()
  t.same(proved.called(), [proved.greets(2)])
  t.same(proved.line(2, FEATURES).slice(0, 2), [`send 2 ${FEATURES}`, 'up on 2'])
  const givenUp = classic()
  givenUp.called()
  givenUp.closed(2)
  t.same(givenUp.wait(50), ['dial 3'])
  givenUp.ready(3)
  t.same(givenUp.line(3, 'NOLINK it is Oak'), [
    'down: it says it is Oak',
    'close 3',
    'unreachable: it says it is Oak',
  ])
})

t.test('a classic answer to an old greeting does not replace a link', async (t) => {
  const end = new MachineEnd()
  end.dial()
  end.ready(1)
  end.wait(1_000)
  end.called()
  end.line(2, FEATURES)
  t.match(end.machine.live, { call: 2 })
  t.same(end.line(1, '? LINK'), [])
})
