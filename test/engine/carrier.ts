import t from 'tap'
import {
  ARRIVAL_MS,
  AUDIT_MS,
  Carrier,
  INSPECT_MS,
  INSPECT_TIMEOUT_MS,
  READ_ALL_PAUSE_MS,
  READ_PAUSE_MS,
  SETTLE_MS,
} from '../../src/engine/carrier.js'
import type { CarrierEvent } from '../../src/engine/carrier-events.js'
import { MAX_SILENCE_MS } from '../../src/engine/received-numbers.js'

/** A machine at a time, which answers with its effects in words. */
class Driver {
  readonly carrier = new Carrier(() => 0.5)
  now = 0

  step(event: CarrierEvent): string {
    return this.carrier
      .step(event, this.now)
      .map((effect) => (effect.kind === 'read' ? `read ${effect.from}-${effect.to}` : effect.kind))
      .join(', ')
  }

  /** The stream is found to have this state. */
  inspected(last: number, messages = last, identity = 'one'): string {
    return this.step({ kind: 'inspected', state: { identity, last, messages } })
  }

  read(to: number): string {
    return this.step({ kind: 'read', to })
  }

  /** Waits until the machine has something to do. */
  wake(): string {
    this.now = this.carrier.wakeAt
    return this.step({ kind: 'time' })
  }

  /** Waits, in steps as the machine asks for. */
  waitUntil(at: number, last: number, messages = last): string[] {
    const effects: string[] = []
    while (this.carrier.wakeAt <= at) {
      this.wake()
      const made = this.inspected(last, messages)
      if (made === '') continue
      effects.push(made)
      this.read(last)
    }
    this.now = at
    return effects
  }
}

/** A carrier that is connected and has read a stream with 100 messages, a while ago. */
function settled(): Driver {
  const driver = new Driver()
  driver.step({ kind: 'start' })
  driver.step({ kind: 'connected' })
  driver.inspected(100)
  driver.read(100)
  driver.waitUntil(ARRIVAL_MS * 2, 100)
  return driver
}

t.test('a carrier connects, inspects the stream and reads all of it', async (t) => {
  const driver = new Driver()
  t.equal(driver.carrier.wakeAt, Infinity)
  t.equal(driver.step({ kind: 'start' }), 'dial')
  t.match(driver.carrier, { isUp: false, wakeAt: Infinity, messages: 0 })
  t.equal(driver.step({ kind: 'connected' }), 'inspect, beat')
  t.match(driver.carrier, { isUp: true, isInspected: false, isAllRead: false })
  t.equal(driver.inspected(100, 80), 'publishAll, read 1-100')
  t.match(driver.carrier, { isInspected: true, isAllRead: false, messages: 80 })
  t.equal(driver.read(100), '')
  t.equal(driver.carrier.isAllRead, true)
  t.equal(driver.carrier.wakeAt, SETTLE_MS)
  t.equal(driver.wake(), 'inspect, beat', 'what was under way when it connected is in the stream now')
  t.equal(driver.inspected(103), 'read 101-103')
})

t.test('an empty stream needs no reading', async (t) => {
  const driver = new Driver()
  driver.step({ kind: 'start' })
  driver.step({ kind: 'connected' })
  t.equal(driver.inspected(0), 'publishAll')
  t.equal(driver.carrier.isAllRead, true)
})

t.test('what was missed is read soon, and again when all of it has been stored', async (t) => {
  const driver = settled()
  const missedAt = driver.now
  driver.step({ kind: 'missed', silentMs: 1_000 })
  t.equal(driver.carrier.wakeAt, missedAt)
  t.equal(driver.wake(), 'inspect, beat')
  t.equal(driver.inspected(105), 'read 101-105')
  driver.read(105)
  driver.step({ kind: 'missed', silentMs: 1_000 })
  t.equal(driver.carrier.wakeAt, missedAt + READ_PAUSE_MS)
  driver.wake()
  t.equal(driver.inspected(107), 'read 106-107')
  driver.read(107)
  t.equal(driver.carrier.wakeAt, missedAt + SETTLE_MS)
  driver.wake()
  t.equal(driver.inspected(108), 'read 108-108')
  driver.read(108)
  t.same(driver.waitUntil(missedAt + AUDIT_MS / 4, 150), [], 'and not any more')
})

t.test('what is missed while the stream is read is read next', async (t) => {
  const driver = settled()
  driver.step({ kind: 'missed', silentMs: 0 })
  driver.wake()
  driver.inspected(110)
  driver.step({ kind: 'missed', silentMs: 0 })
  const begunAt = driver.now
  driver.now += READ_PAUSE_MS
  t.equal(driver.step({ kind: 'time' }), 'inspect, beat')
  t.equal(driver.inspected(120), '', 'one read at a time')
  driver.read(110)
  t.equal(driver.carrier.wakeAt, begunAt + READ_PAUSE_MS)
  driver.step({ kind: 'time' })
  t.equal(driver.inspected(121), 'read 111-121')
})

t.test('what the stream stored long ago has arrived and is not read again', async (t) => {
  const driver = settled()
  const from = driver.now
  driver.waitUntil(from + ARRIVAL_MS + 2 * INSPECT_MS, 200)
  driver.step({ kind: 'missed', silentMs: MAX_SILENCE_MS })
  driver.wake()
  t.equal(driver.inspected(210), 'read 201-210')
})

t.test('all is read if anything may be missing, here or there', async (t) => {
  const cases: Record<string, (driver: Driver) => string> = {
    'a carrier was silent for long': (driver) => {
      driver.step({ kind: 'missed', silentMs: MAX_SILENCE_MS + 1 })
      driver.wake()
      return driver.inspected(100)
    },
    'messages were removed': (driver) => {
      driver.step({ kind: 'removed' })
      driver.wake()
      return driver.inspected(100)
    },
    'the stream has fewer messages': (driver) => {
      driver.wake()
      return driver.inspected(100, 99)
    },
    'its last number is lower': (driver) => {
      driver.wake()
      return driver.inspected(99)
    },
    'it is another stream': (driver) => {
      driver.wake()
      return driver.inspected(100, 100, 'other')
    },
    'an audit is due': (driver) => {
      const [effects = ''] = driver.waitUntil(AUDIT_MS + INSPECT_MS, 100)
      return effects.replace('read 1-100', 'read 1-100')
    },
  }
  for (const [name, happen] of Object.entries(cases))
    t.match(happen(settled()), /^publishAll, read 1-(100|99)$/, name)
})

t.test('the whole stream is read once a minute at most, unless it is another', async (t) => {
  const driver = settled()
  let reads = 0
  for (const end = driver.now + 10 * READ_ALL_PAUSE_MS; driver.now < end;) {
    driver.step({ kind: 'removed' })
    driver.wake()
    if (driver.inspected(100).startsWith('publishAll')) reads += 1
    driver.read(100)
  }
  t.ok(reads >= 9 && reads <= 11, `${reads} reads`)
  driver.step({ kind: 'missed', silentMs: 0 })
  driver.wake()
  t.notMatch(driver.inspected(101), 'publishAll', 'what was missed is read meanwhile')
  driver.read(101)
  driver.wake()
  t.match(driver.inspected(50, 50, 'other'), 'publishAll')
})

t.test('a read that fails goes on where it stopped', async (t) => {
  const driver = new Driver()
  driver.step({ kind: 'start' })
  driver.step({ kind: 'connected' })
  driver.inspected(100)
  driver.carrier.readTo(40)
  driver.carrier.readTo(39)
  driver.step({ kind: 'unread', why: 'it has no leader' })
  t.match(driver.carrier, { fault: 'it has no leader', isAllRead: false, wakeAt: READ_PAUSE_MS })
  driver.wake()
  t.equal(driver.inspected(100), 'read 41-100')
  t.equal(driver.carrier.fault, 'it has no leader', 'until a read succeeds')
  driver.carrier.readTo(60)
  t.equal(driver.step({ kind: 'closed', why: 'reset' }), '')
  driver.wake()
  driver.step({ kind: 'connected' })
  t.equal(driver.inspected(100), 'read 61-100', 'also on another connection')
  driver.read(100)
  t.match(driver.carrier, { fault: undefined, isAllRead: true })
})

t.test('a stream that cannot be used is inspected again', async (t) => {
  const driver = settled()
  driver.wake()
  const at = driver.now
  driver.step({ kind: 'missed', silentMs: 0 })
  t.equal(driver.carrier.wakeAt, at + INSPECT_TIMEOUT_MS, 'an inspection is under way')
  driver.step({ kind: 'uninspected', why: 'it has no JetStream' })
  t.match(driver.carrier, { fault: 'it has no JetStream', wakeAt: at + INSPECT_MS })
  driver.wake()
  t.equal(driver.inspected(100), '')
  t.equal(driver.carrier.fault, undefined)
})

t.test('a broker that does not answer is dialled again, at growing intervals', async (t) => {
  const driver = settled()
  driver.wake()
  t.equal(driver.wake(), 'hangUp')
  t.match(driver.carrier, { isUp: false, isInspected: false, isAllRead: false, fault: 'it does not answer' })
  const waits: number[] = []
  for (let failures = 0; failures < 8; failures += 1) {
    waits.push(driver.carrier.wakeAt - driver.now)
    t.equal(driver.wake(), 'dial')
    driver.step({ kind: 'closed', why: 'connection refused' })
  }
  t.same(waits, [75, 150, 300, 600, 1_200, 2_400, 3_750, 3_750])
  driver.now -= 0
  t.equal(driver.step({ kind: 'time' }), '', 'nothing is due')
})
