// What who runs the broker can see, and do, in a herd with a key and without.
import t, { type Test } from 'tap'
import { newHerdKey, parseHerdKeys } from '../../src/net/herd-key.js'
import { EngineHerd, STREAM } from '../fixtures/engine-herd.js'
import { NatsClient } from '../fixtures/nats-client.js'
import { NatsServer, BROKER_JOBS, withBroker } from '../fixtures/nats-server.js'

t.setTimeout(400_000)
t.jobs = BROKER_JOBS

const keys = parseHerdKeys(newHerdKey(), 'herd.key')
const otherKeys = parseHerdKeys(newHerdKey(), 'herd.key')

const KIWI = 'kiwi.cs.ucla.edu'
const NEWER = `IAMAT ${KIWI} +34.068930-118.445127 1621464828\n`
const OLDER = `IAMAT ${KIWI} +11.111111-111.111111 1621464827\n`

interface Stored {
  readonly subject: string
  readonly payload: Uint8Array
}

/** All that a stream holds. */
async function storedIn({ js }: NatsClient): Promise<Stored[]> {
  const consumer = await js.consumers.get(STREAM)
  const { num_pending: pending } = await consumer.info(true)
  const stored: Stored[] = []
  if (pending === 0) return stored
  for await (const { subject, data, info } of await consumer.consume()) {
    stored.push({ subject, payload: new Uint8Array(data) })
    if (info.pending === 0) break
  }
  return stored
}

/** Starts a herd, and who runs the broker. */
async function start(
  t: Test,
  names?: string[],
): Promise<{ herd: EngineHerd; operator: NatsClient; url: string }> {
  const { url } = await NatsServer.start(t)
  const herd = await EngineHerd.start(t, { urls: [url], keys }, names)
  await herd.healed()
  return { herd, operator: await NatsClient.connect(t, { servers: url }), url }
}

t.test('with a herd key, the stream shows neither IDs nor positions', withBroker(), async (t) => {
  const { herd, operator } = await start(t)
  await herd.ask('Clark', OLDER)
  await herd.ask('Bernard', NEWER)
  await herd.equal()
  await herd.stored()
  const stored = await storedIn(operator)
  t.same(stored.map(({ subject }) => subject.split('.')[2]).sort(), ['Bernard', 'Clark'])
  for (const { subject, payload } of stored) {
    const seen = subject + Buffer.from(payload).toString('latin1')
    for (const secret of [
      KIWI,
      Buffer.from(KIWI).toString('base64url'),
      '34.068930',
      '111.111111',
      '16214648',
    ])
      t.notOk(seen.includes(secret), secret)
  }
})

t.test(
  'messages that are changed, moved or made up are refused, and old ones do no harm',
  withBroker(),
  async (t) => {
    const { herd, operator } = await start(t)
    await herd.ask('Clark', OLDER)
    await herd.equal()
    await herd.stored()
    const [first] = await storedIn(operator)
    t.ok(first)
    if (!first) return
    await herd.ask('Clark', NEWER)
    await herd.ask('Clark', 'IAMAT fig +1+1 1621464828\n')
    const [status] = await herd.equal()
    await herd.stored()

    await operator.js.publish(first.subject, first.payload)
    await operator.connection.flush()
    t.notMatch((await herd.links('Bernard'))[0], { fault: /./ }, 'who replays an old message is not noticed')
    t.same(
      new Set((await herd.statuses()).map(({ digest }) => digest)),
      new Set([status?.digest]),
      'and changes nothing',
    )

    const changed = new Uint8Array(first.payload)
    changed[40] = (changed[40] ?? 0) ^ 1
    await operator.js.publish(first.subject, changed)
    await herd.faulty(/^Clark publishes with another herd key, or its messages were changed$/, 'Bernard')
    const moved = first.subject.replace('.Clark.', '.Oak.')
    await operator.js.publish(moved, first.payload)
    await herd.faulty(/^Oak publishes with another herd key, or its messages were changed$/, 'Bernard')
    const plain = new Uint8Array([
      1,
      1,
      0,
      0,
      ...first.payload.subarray(4, 28),
      ...Buffer.from('AT Oak +0.0 kiwi +1+1 9\n'),
    ])
    await operator.js.publish(moved, plain)
    await herd.faulty(/^Oak publishes without a herd key$/, 'Bernard')
    t.same(
      new Set((await herd.statuses()).map(({ digest }) => digest)),
      new Set([status?.digest]),
      'no table has changed',
    )
  },
)

t.test('a server without the herd key, or with another one, is reported', withBroker(), async (t) => {
  const { herd, url } = await start(t, ['Clark'])
  await herd.start('Bernard', { urls: [url] })
  await herd.ask('Clark', OLDER)
  await herd.ask('Bernard', OLDER)
  await herd.faulty(/^Bernard publishes without a herd key$/, 'Clark')
  await herd.faulty(/^Clark publishes with a herd key, and this server has none$/, 'Bernard')
  await herd.stop('Bernard')
  await herd.start('Juzang', { urls: [url], keys: otherKeys })
  await herd.ask('Juzang', NEWER)
  await herd.faulty(/^Juzang publishes with another herd key/, 'Clark')
  await herd.faulty(/^Clark publishes with another herd key/, 'Juzang')
  t.match(await herd.ask('Clark', `WHATSAT ${KIWI} 1 1\n`), / 1621464827\n/, 'what it reports is not taken')
})

t.test('IDs may be as long as a line allows, and of any bytes', withBroker(), async (t) => {
  const { url } = await NatsServer.start(t)
  const herd = await EngineHerd.start(t, { urls: [url] }, ['Clark', 'Bernard'])
  await herd.healed()
  const ids = ['x'.repeat(4_050), '\xff\xfe\x80', 'a.b>*', '~', '\x01']
  for (const id of ids) t.match(await herd.ask('Clark', `IAMAT ${id} +1+1 1621464828\n`), /^AT Clark /)
  await herd.equal()
  const [, table] = await herd.tables(ids)
  t.same([...(table?.keys() ?? [])], ids, 'they are sent live')
  await herd.stored()
  await herd.start('Juzang', { urls: [url] })
  await herd.equal()
  const [, , late] = await herd.tables(ids)
  t.same([...(late?.keys() ?? [])], ids, 'and stored')
})

t.test('two servers of one name are reported, and nothing is lost', withBroker(), async (t) => {
  const { url } = await NatsServer.start(t)
  const herd = await EngineHerd.start(t, { urls: [url] }, ['Clark', 'Bernard'])
  const other = await EngineHerd.start(t, { urls: [url] }, ['Clark'])
  const fault = /^another server also publishes as Clark: each carrier needs a name of its own$/
  await herd.faulty(fault, 'Clark')
  await other.faulty(fault, 'Clark')
  for (const [asked, text] of [
    [herd, OLDER],
    [other, NEWER],
    [other, 'IAMAT fig +1+1 5\n'],
    [herd, 'IAMAT plum +1+1 5\n'],
  ] as const)
    await asked.ask('Clark', text)
  const [one] = await herd.equal()
  const [two] = await other.equal()
  t.ok(one && two)
  await herd.start('Juzang', { urls: [url] })
  const tables = await herd.equal().then(() => herd.tables([KIWI, 'fig', 'plum']))
  for (const table of [...tables, ...(await other.tables([KIWI, 'fig', 'plum']))]) {
    t.equal(table.size, 3)
    t.match(table.get(KIWI), / 1621464828$/)
  }
})
