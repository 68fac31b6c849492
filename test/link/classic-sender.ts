import t from 'tap'
import { ClassicSender, type SenderEvent, type TransferId } from '../../src/link/classic-sender.js'

/** A sender in virtual time. Each step returns, as text, what it has done. */
class SenderEnd {
  readonly sender: ClassicSender
  /** The reports that wait, such as `kiwi 1`: those of a client replace each other. */
  readonly #pending = new Map<string, string>()
  now = 0

  constructor() {
    this.sender = new ClassicSender({
      hasMore: () => this.#pending.size > 0,
      take: () => {
        for (const [client, line] of this.#pending) {
          this.#pending.delete(client)
          return { client, line }
        }
        return undefined
      },
    })
  }

  /** There are new reports. */
  reports(...lines: readonly string[]): string[] {
    for (const line of lines) this.#pending.set(line.split(' ')[0] ?? '', line)
    return this.step({ kind: 'pending' })
  }

  connected(transfer: number): string[] {
    return this.step({ kind: 'connected', transfer: transfer as TransferId })
  }

  /** It is connected, and all is sent. */
  sent(transfer: number): string[] {
    return [
      ...this.connected(transfer),
      ...this.step({ kind: 'halfClosed', transfer: transfer as TransferId }),
    ]
  }

  closed(transfer: number, why?: string): string[] {
    return this.step({ kind: 'closed', transfer: transfer as TransferId, why })
  }

  wait(ms: number): string[] {
    const until = this.now + ms
    const done: string[] = []
    while (this.sender.wakeAt <= until) {
      this.now = Math.max(this.now, this.sender.wakeAt)
      done.push(...this.step({ kind: 'time' }))
    }
    this.now = until
    return done
  }

  step(event: SenderEvent): string[] {
    return this.sender.step(event, this.now).map((effect) => {
      switch (effect.kind) {
        case 'connect':
          return `connect ${effect.transfer}: ${effect.line}`
        case 'destroy':
          return `destroy ${effect.transfer}`
        case 'unreachable':
          return `unreachable: ${effect.why}`
        case 'reachable':
          return 'reachable'
      }
    })
  }
}

t.test('each report gets a connection, of which at most 20 are made per second', async (t) => {
  const end = new SenderEnd()
  t.equal(end.sender.wakeAt, Infinity)
  t.same(end.reports('kiwi 1', 'lime 1'), ['connect 1: kiwi 1'])
  t.same(end.sent(1), ['reachable'])
  t.same(end.closed(1), [])
  t.same(end.wait(49), [])
  t.same(end.wait(1), ['connect 2: lime 1'])
  t.same(end.sent(2), [])
  t.same(end.closed(2), [])
  t.equal(end.sender.unsent, 0)
  t.equal(end.sender.wakeAt, Infinity)
})

t.test('four connections at most wait for the neighbour to read', async (t) => {
  const end = new SenderEnd()
  end.reports('kiwi 1', 'lime 1', 'fig 1', 'pear 1', 'plum 1')
  t.same(end.wait(900), ['connect 2: lime 1', 'connect 3: fig 1', 'connect 4: pear 1'])
  t.equal(end.sender.unsent, 4)
  end.sent(2)
  t.same(end.closed(2), ['connect 5: plum 1'])
})

t.test('a slot is free 50 ms after the half-close, and the connection is closed after 1 s', async (t) => {
  const end = new SenderEnd()
  end.reports('kiwi 1')
  end.sent(1)
  t.equal(end.sender.unsent, 1)
  t.same(end.wait(50), [])
  t.equal(end.sender.unsent, 0)
  t.same(end.wait(949), [])
  t.same(end.wait(1), ['destroy 1'])
  t.same(end.closed(1), [], 'it is over')
})

t.test('the reports of a client are sent one after another, and only the newest waits', async (t) => {
  const end = new SenderEnd()
  end.reports('kiwi 1')
  end.connected(1)
  end.wait(50)
  t.same(end.reports('kiwi 2', 'lime 1'), ['connect 2: lime 1'])
  end.wait(50)
  t.same(end.reports('kiwi 3'), [])
  end.sent(1)
  t.same(end.closed(1), ['connect 3: kiwi 3'])
})

t.test('after a refusal there are pauses from 1 s to 30 s', async (t) => {
  const end = new SenderEnd()
  end.reports('kiwi 1')
  end.sent(1)
  end.wait(100)
  end.closed(1)
  end.reports('kiwi 2')
  t.same(end.closed(2, 'nobody listens there'), ['unreachable: nobody listens there'])
  let transfer = 3
  for (const seconds of [1, 2, 4, 8, 16, 30, 30]) {
    t.equal(end.sender.isPaused(end.now), true)
    t.same(end.wait(seconds * 1_000 - 1), [])
    t.same(end.wait(1), [`connect ${transfer}: kiwi 2`], `after ${seconds} s`)
    t.same(end.closed(transfer), [])
    transfer += 1
  }
  t.same(end.reports('kiwi 3'), [])
  t.same(end.step({ kind: 'returned' }), [])
  end.wait(999)
  t.same(end.step({ kind: 'returned' }), [], 'it may be overloaded')
  end.now += 1
  t.same(end.step({ kind: 'returned' }), ['connect 10: kiwi 2'], 'the neighbour has connected to us')
  t.same(end.sent(10), ['reachable'])
  t.same(end.wait(50), ['connect 11: kiwi 3'])
})

t.test('a neighbour that does not accept within 1 s is overloaded', async (t) => {
  const end = new SenderEnd()
  end.reports('kiwi 1', 'lime 1')
  t.same(end.wait(999), ['connect 2: lime 1'])
  t.same(end.wait(1), ['destroy 1', 'unreachable: it does not answer within 1 s'])
  t.same(end.wait(50), ['destroy 2'], 'failures of one moment count once')
  t.same(end.wait(950), ['connect 3: kiwi 1'])
  t.same(end.connected(3), ['reachable'])
  t.ok(end.wait(1_000).includes('destroy 3'), 'it must read within 1 s, too')
})

t.test('a report whose connection is reset is sent once more, unless it is superseded', async (t) => {
  const end = new SenderEnd()
  end.reports('kiwi 1')
  end.sent(1)
  end.wait(50)
  t.same(end.closed(1, 'the connection was reset'), ['connect 2: kiwi 1'])
  end.sent(2)
  end.wait(50)
  t.same(end.closed(2, 'the connection was reset'), [])
  t.equal(end.sender.wakeAt, Infinity)
  end.reports('kiwi 2')
  end.sent(3)
  end.wait(50)
  t.same(end.reports('kiwi 3'), ['connect 4: kiwi 3'])
  t.same(end.closed(3, 'the connection was reset'), [])
  end.sent(4)
  t.same(end.closed(4), [])
  t.equal(end.sender.unsent, 0)
  end.reports('lime 1')
  end.wait(50)
  end.sent(5)
  t.same(end.reports('lime 2'), [])
  end.closed(5, 'the connection was reset')
  t.same(end.wait(50), ['connect 6: lime 1'])
  end.connected(6)
  t.same(end.wait(1_000), ['destroy 6', 'connect 7: lime 2'], 'it was not read')
})

t.test('a neighbour that is held off is sent nothing until then', async (t) => {
  const end = new SenderEnd()
  t.same(end.step({ kind: 'hold', until: 5_000 }), [])
  t.same(end.reports('kiwi 1'), [])
  t.equal(end.sender.isPaused(0), true)
  t.same(end.wait(4_999), [])
  t.same(end.wait(1), ['connect 1: kiwi 1'])
})
