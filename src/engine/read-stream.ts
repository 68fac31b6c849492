import type { JetStreamManager } from '@nats-io/jetstream'
import { BrokerError } from './broker.js'

/** A broker that sends nothing of the stream for so long has failed. */
const READ_TIMEOUT_MS = 15_000

/** As many messages are asked for at a time: some 100 KB, of which the broker sends more when three quarters are read. */
const BATCH = 1_000

export interface StreamPart {
  readonly manager: JetStreamManager
  readonly stream: string
  /** The numbers of the first and last message. */
  readonly from: number
  readonly to: number
  /** Ends reading. */
  readonly signal: AbortSignal
  /** Called with each message, which is valid during the call only. */
  readonly onMessage: (number: number, subject: string, message: Uint8Array) => void
}

/** Reads a part of a stream, in order. Rejects if that fails. */
export async function readStream({
  manager,
  stream,
  from,
  to,
  signal,
  onMessage,
}: StreamPart): Promise<void> {
  // The stream keeps one message of each subject, so that these are the last of each. Asking for those by their policy takes a broker
  // five times as long to begin.
  const consumer = await manager.jetstream().consumers.get(stream, {
    deliver_policy: 'by_start_sequence',
    opt_start_seq: from,
  })
  const { num_pending: pending } = await consumer.info(true)
  if (pending === 0) return
  const messages = await consumer.consume({ max_messages: BATCH, abort_on_missing_resource: true })
  const stop = (): void => {
    messages.stop()
  }
  const watchdog = setTimeout(stop, READ_TIMEOUT_MS)
  signal.addEventListener('abort', stop)
  try {
    for await (const { seq, subject, data, info } of messages) {
      watchdog.refresh()
      onMessage(seq, subject, data)
      if (seq >= to || info.pending === 0) return
    }
  } finally {
    clearTimeout(watchdog)
    signal.removeEventListener('abort', stop)
    if (!signal.aborted) void consumer.delete().catch(() => undefined)
  }
  throw new BrokerError('it has stopped sending the stream')
}
