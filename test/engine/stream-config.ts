import type { StreamConfig } from '@nats-io/jetstream'
import t from 'tap'
import { configFaults, MAX_MESSAGE_BYTES, streamConfig } from '../../src/engine/stream-config.js'

const WANTED = streamConfig('herd-default', 'herd.default.>')

/** A configuration as a broker returns it, with some settings of its own. */
function found(settings: Partial<StreamConfig> = {}): StreamConfig {
  return { ...WANTED, max_age: 0, max_msg_size: -1, sealed: false, ...settings } as StreamConfig
}

t.test('a stream as it was asked for has no faults', async (t) => {
  t.same(configFaults(WANTED, found()), [])
  t.same(configFaults(WANTED, found({ max_msg_size: MAX_MESSAGE_BYTES, max_bytes: 1, num_replicas: 3 })), [])
})

t.test('each difference that loses reports is named', async (t) => {
  const cases: [Partial<StreamConfig>, string][] = [
    [{ subjects: ['other'] }, 'subjects has no "herd.default.>"'],
    [{ max_msgs_per_subject: 5 }, 'max_msgs_per_subject is 5, not 1'],
    [{ storage: 'memory' }, 'storage is memory, not file'],
    [{ discard: 'old' }, 'discard is old, not new'],
    [{ retention: 'interest' }, 'retention is interest, not limits'],
    [{ max_age: 1 }, 'max_age is set, so reports would expire'],
    [{ max_msg_size: 100 }, 'max_msg_size is 100, less than 16384'],
    [{ no_ack: true }, 'no_ack is set, so nothing is confirmed'],
    [{ sealed: true }, 'it is sealed, so nothing can be stored'],
  ]
  for (const [settings, fault] of cases) t.same(configFaults(WANTED, found(settings)), [fault])
})
