import { createHash, randomBytes } from 'node:crypto'
import { jetstreamManager } from '@nats-io/jetstream'
import { connect, createInbox, type NatsConnection } from '@nats-io/transport-node'
import { START_BYTES } from '../../src/engine/envelope.js'
import { Messages } from '../../src/engine/messages.js'
import { streamConfig } from '../../src/engine/stream-config.js'
import { plainToken, Subjects, type ClientToken } from '../../src/engine/subjects.js'
import { statementIn } from '../../src/protocol/statement.js'
import { natsServerMissing } from '../fixtures/nats-server.js'
import { Broker } from './broker.js'
import { milliseconds, type Row } from './results.js'
import type { Settings } from './settings.js'

/** How many messages are on their way at a time. */
const WINDOW = 4_096

/** The last token of a subject, made in different ways. */
const TOKENS: readonly (readonly [name: string, tokenOf: ClientToken])[] = [
  ['base64url of the ID', plainToken],
  ['hash of 16 bytes', hashOf(16)],
  ['hash of 12 bytes', hashOf(12)],
]

/** What an engine costs by how the clients stand in the subjects. The IDs have 20 bytes. */
export async function engineSubjects({ clients }: Settings, say: (words: string) => void): Promise<Row[]> {
  if (natsServerMissing !== false) {
    say(`left out: ${natsServerMissing}`)
    return []
  }
  const rows: Row[] = []
  for (const [name, tokenOf] of TOKENS) {
    say(name)
    const broker = await Broker.start(clients)
    try {
      rows.push(...(await measure(broker, clients, name, new Subjects('default', 'Clark', tokenOf))))
    } finally {
      await broker.close()
    }
  }
  return rows
}

async function measure(broker: Broker, clients: number, of: string, subjects: Subjects): Promise<Row[]> {
  const nats = await connect({ servers: broker.nats.url })
  const { streams } = await jetstreamManager(nats)
  await streams.add(streamConfig(subjects.stream, subjects.reports))
  const rows: Row[] = []
  await publish(nats, clients, subjects)
  rows.push(...(await broker.sizes(of, 'after all were published')))
  await publish(nats, clients, subjects)
  rows.push(...(await broker.sizes(of, 'after one update of each')))
  await nats.close()
  const figure = milliseconds(await broker.restart())
  rows.push({ what: 'restart of the broker', of, figure, target: undefined, isMet: true })
  return [...rows, ...(await broker.sizes(of, 'after its restart'))]
}

/** Publishes a report of each client as a carrier does. */
async function publish(nats: NatsConnection, clients: number, subjects: Subjects): Promise<void> {
  const messages = new Messages({
    subjects,
    carrier: 'Clark',
    start: randomBytes(START_BYTES),
    seal: undefined,
  })
  for (let from = 0; from < clients; from += WINDOW) {
    const to = Math.min(clients, from + WINDOW)
    const inbox = createInbox()
    // With a callback it is closed by the last confirmation; otherwise it would wait until all are read.
    const confirmed = nats.subscribe(inbox, { max: to - from, callback: () => undefined })
    for (let n = from; n < to; n += 1) {
      const id = `client-${String(n).padStart(8, '0')}.test`
      const line = Buffer.from(`AT Clark +0.263873386 ${id} +34.068930-118.445127 1700000000.959498503`)
      const message = messages.statement(statementIn({ bytes: line, start: 0, end: line.length }))
      nats.publish(message.subject, message.bytes, { reply: inbox })
    }
    await confirmed.closed
  }
}

function hashOf(bytes: number): ClientToken {
  return (id) => createHash('sha256').update(id).digest().subarray(0, bytes).toString('base64url')
}
