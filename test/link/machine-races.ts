import t from 'tap'
import { MachineEnd } from '../fixtures/machine.js'

const FEATURES = 'FEATURES pong counts memory clock cutoffs forget'

t.test('when both sides greet at the same time, both keep the call of the lesser name', async (t) => {
  const [clark, juzang] = [new MachineEnd(), new MachineEnd({ server: 'Juzang', neighbour: 'Clark' })]
  for (const end of [clark, juzang]) {
    end.dial()
    end.ready(1)
  }
  t.same(clark.called(), [], 'the call of Juzang waits')
  t.same(juzang.called(), ['close 1', juzang.greets(2)], 'and Juzang gives it up')
  t.same(clark.line(1, clark.greeting()), ['close 2', `send 1 ${FEATURES}`, 'up on 1'])
  t.same(juzang.line(2, FEATURES).slice(0, 2), [`send 2 ${FEATURES}`, 'up on 2'])
})

t.test('a call of ours that has not greeted yet yields to that of the neighbour', async (t) => {
  const end = new MachineEnd()
  end.dial()
  end.connected(1)
  t.same(end.called(), ['close 1', end.greets(2)])
})

t.test('a waiting call is answered when ours has failed or was silent for long', async (t) => {
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
  t.same(silent.line(1, silent.greeting()), ['close 2', `send 1 ${FEATURES}`, 'up on 1'])
})

t.test('a call is answered once, although ours fails later', async (t) => {
  const end = new MachineEnd()
  end.dial()
  end.ready(1)
  end.called()
  t.same(end.wait(1_000), [end.greets(2)])
  t.same(end.closed(1, 'the connection was reset'), [])
})

t.test(
  'a waiting call is answered when ours is silent or fails, and closed if it sends more than its greeting',
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
    t.same(answered.wait(1_000), [answered.greets(2)])
    const other = waiting()
    t.same(
      other.line(1, '? LINK'),
      ['close 1', other.greets(2)],
      'it is proxyherd, whatever answers where we dial',
    )
  },
)

t.test(
  'when both sides were silent and then answer each other, both keep the call of the lesser name',
  async (t) => {
    const [clark, juzang] = [new MachineEnd(), new MachineEnd({ server: 'Juzang', neighbour: 'Clark' })]
    for (const end of [clark, juzang]) {
      end.dial()
      end.ready(1)
      t.same(end.wait(1_000), ['classic'])
      t.same(end.called(), [end.greets(2)])
    }
    t.same(juzang.line(1, juzang.greeting()), [], 'Juzang waits for Clark')
    t.same(clark.line(1, clark.greeting()), ['close 2', `send 1 ${FEATURES}`, 'up on 1'])
    t.same(juzang.line(2, FEATURES).slice(0, 3), ['close 1', `send 2 ${FEATURES}`, 'up on 2'])
  },
)

t.test('a call that has yielded becomes the link if the other one fails', async (t) => {
  const deferred = (): MachineEnd => {
    const end = new MachineEnd({ server: 'Juzang', neighbour: 'Clark' })
    end.dial()
    end.ready(1)
    end.wait(1_000)
    end.called()
    t.same(end.line(1, end.greeting()), [])
    return end
  }
  const closed = deferred()
  t.same(closed.closed(2), [`send 1 ${FEATURES}`, 'up on 1'])
  const spoken = deferred()
  t.same(spoken.line(1, 'DIGEST 0011223344556677 0'), ['close 2', `send 1 ${FEATURES}`, 'up on 1', 'deliver'])
  const late = deferred()
  t.same(late.wait(10_000).slice(0, 3), ['close 2', `send 1 ${FEATURES}`, 'up on 1'])
})

t.test('a new connection of a neighbour replaces its earlier one when it is proven', async (t) => {
  const end = new MachineEnd()
  end.linked('7')
  t.same(end.called('8'), [end.greets(2)])
  t.match(end.machine.live, { call: 1 })
  t.same(end.line(2, FEATURES).slice(0, 3), ['close 1', 'down: it has connected anew', `send 2 ${FEATURES}`])
})

t.test(
  'a neighbour that has lost its connection replaces it, although it has not started anew',
  async (t) => {
    const end = new MachineEnd()
    end.linked('7')
    t.same(end.called('7'), [end.greets(2)])
    t.same(end.line(2, FEATURES).slice(0, 3), [
      'close 1',
      'down: it has connected anew',
      `send 2 ${FEATURES}`,
    ])
  },
)

t.test('a call of ours that is silent is closed when one of the neighbour is proven', async (t) => {
  const end = new MachineEnd()
  const early = end.machine.nextCall()
  t.same(end.dial(), ['dial 2'])
  end.ready(2)
  t.same(end.wait(1_000), ['classic'])
  t.same(end.called('7', early), [end.greets(1)], 'it had connected before we dialled')
  t.same(end.line(1, FEATURES).slice(0, 3), ['close 2', `send 1 ${FEATURES}`, 'up on 1'])
})

t.test('of two servers with the same name, the one that started later is linked', async (t) => {
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
  t.same(late.line(1, FEATURES), [], 'the call of the earlier one is closed')
  const both = new MachineEnd()
  both.called('9')
  both.called('10')
  both.called('9')
  both.line(2, FEATURES)
  t.same(both.line(3, FEATURES), ['close 3'], 'and its later call')
})

t.test('incarnations are compared as numbers, however many digits they have', async (t) => {
  for (const [earlier, later] of [
    ['9', '10'],
    ['99', '100'],
    // A double cannot tell these apart.
    ['1621464828223371888', '1621464828223371889'],
  ] as const) {
    const end = new MachineEnd()
    end.linked(earlier)
    t.same(end.called(later), [end.greets(2)], `${later} replaces ${earlier}`)
    t.match(end.line(2, FEATURES), ['close 1', 'down: it has connected anew'])
    t.match(end.called(earlier), [/^send 3 NOLINK/, 'close 3 when flushed'], `${earlier} is refused`)
  }
})

t.test('a neighbour has at most 4 unproven calls', async (t) => {
  const end = new MachineEnd()
  for (let call = 1; call <= 4; call += 1) t.same(end.called(), [end.greets(call)])
  t.same(end.called(), ['close 1', end.greets(5)])
})
