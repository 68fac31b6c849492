// A server that keeps reports in a key-value bucket of NATS, used plainly: kv.mjs NAME PORT BROKER. It puts each report under its client, and
// has from a watcher what all servers have put. The last put wins. A bucket is a stream, so kv.put is a publish to "$KV.<bucket>.<key>", and
// a watcher is an ordered consumer of the last message of each key; the client of streams does both.
import { Buffer } from 'node:buffer'
import { createServer } from 'node:net'
import process from 'node:process'
import { jetstream, jetstreamManager } from '@nats-io/jetstream'
import { connect } from '@nats-io/transport-node'

const [, , name, port, broker] = process.argv
const BUCKET = 'reports'
const PREFIX = `$KV.${BUCKET}.`

/** By key, the newest put that has come. */
const reports = new Map()

const nats = await connect({ servers: broker, noAsyncTraces: true })
const js = jetstream(nats)
const { streams } = await jetstreamManager(nats)
await streams.add({ name: `KV_${BUCKET}`, subjects: [`${PREFIX}>`], max_msgs_per_subject: 1 })
const watcher = await js.consumers.get(`KV_${BUCKET}`, {
  deliver_policy: 'last_per_subject',
  filter_subjects: `${PREFIX}>`,
})
void watch(await watcher.consume())

createServer({ noDelay: true }, (socket) => {
  let unread = ''
  let answered = Promise.resolve()
  socket.setEncoding('latin1')
  socket.on('error', () => undefined)
  socket.on('data', (text) => {
    const lines = (unread + text).split('\n')
    unread = lines.pop()
    const replies = Promise.all(lines.map(replyTo))
    answered = answered.then(async () => socket.write((await replies).join(''), 'latin1'))
  })
}).listen(Number(port), '127.0.0.1', () => process.stdout.write(`${name} is ready\n`))

async function watch(messages) {
  for await (const { subject, data } of messages) reports.set(subject, data)
}

/** Only the load generator is served, which makes no mistakes. */
async function replyTo(line) {
  const [command, client, position, time] = line.split(' ')
  const key = PREFIX + Buffer.from(client, 'latin1').toString('base64url')
  if (command === 'IAMAT') {
    const skew = (Date.now() / 1_000 - Number(time)).toFixed(9)
    const report = `AT ${name} ${skew.startsWith('-') ? '' : '+'}${skew} ${client} ${position} ${time}`
    await js.publish(key, Buffer.from(report, 'latin1'))
    return `${report}\n`
  }
  const report = reports.get(key)
  return report ? `${Buffer.from(report).toString('latin1')}\n{}\n\n` : `? ${line}\n`
}
