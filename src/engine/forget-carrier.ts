import { randomBytes } from 'node:crypto'
import type { JetStreamManager } from '@nats-io/jetstream'
import type { NatsConnection } from '@nats-io/transport-node'
import { BrokerError } from './broker.js'
import { INSPECT_MS } from './carrier.js'
import { HEADER_BYTES, parseHeader, START_BYTES, writeHeader } from './envelope.js'
import { connectTo, orFail, type NatsOptions } from './nats-broker.js'
import { carrierOf, reportsOf, Subjects } from './subjects.js'

/** Each carrier publishes something at least every `INSPECT_MS`. One that is delayed for longer than this is not there. */
const OTHERS_WITHIN_MS = INSPECT_MS + 5_000

export interface ForgetOptions extends Pick<NatsOptions, 'servers' | 'domain' | 'access'> {
  /** The name of the herd. */
  readonly herd: string
  /** The name of the server whose reports are removed. */
  readonly carrier: string
  /** Ends it. */
  readonly signal: AbortSignal
}

/**
 * Removes what a carrier has published from the stream, and has the others publish what the stream then lacks. Resolves to the number of reports
 * removed. Rejects with a BrokerError if that fails, or if no other carrier is connected: reports that only the stream has would be lost.
 */
export async function forgetCarrier(options: ForgetOptions): Promise<number> {
  const { herd, carrier, signal } = options
  const { nats, manager } = await connectTo({ ...options, name: `engine forget ${carrier}` })
  const stop = (): void => void nats.close()
  signal.addEventListener('abort', stop)
  try {
    const subjects = new Subjects(herd, carrier)
    await checkStream(manager, subjects.stream)
    await otherCarrier(nats, subjects, carrier)
    const filter = `${reportsOf(herd, carrier)}.>`
    const { purged } = await orFail(manager.streams.purge(subjects.stream, { filter }))
    nats.publish(subjects.ownNotices, removedNotice())
    await orFail(nats.flush())
    return purged
  } finally {
    signal.removeEventListener('abort', stop)
    await nats.close()
  }
}

async function checkStream(manager: JetStreamManager, stream: string): Promise<void> {
  const found = manager.streams.info(stream).catch((error: unknown) => {
    if ((error as Error).name === 'StreamNotFoundError')
      throw new BrokerError(`it has no stream ${stream}, so no carrier has used it`)
    throw error
  })
  await orFail(found)
}

/** Resolves when another carrier has published something, which shows that it is connected. */
async function otherCarrier(nats: NatsConnection, subjects: Subjects, carrier: string): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    const timeout = setTimeout(() => {
      reject(
        new BrokerError(
          `no other server has published anything within ${OTHERS_WITHIN_MS / 1_000} s, and reports that only the engine has would be lost`,
        ),
      )
    }, OTHERS_WITHIN_MS)
    const received = (error: Error | null, message: { subject: string; data: Uint8Array }): void => {
      if (error || carrierOf(message.subject) === carrier) return
      if (parseHeader(message.data)?.kind === 'removed') return
      clearTimeout(timeout)
      resolve()
    }
    nats.subscribe(subjects.reports, { callback: received })
    nats.subscribe(subjects.notices, { callback: received })
    void nats.closed().then(() => {
      clearTimeout(timeout)
      reject(new BrokerError('it closed the connection'))
    })
  })
}

function removedNotice(): Uint8Array {
  const message = new Uint8Array(HEADER_BYTES)
  writeHeader(message, { kind: 'removed', isSealed: false, start: randomBytes(START_BYTES), number: 1 })
  return message
}
