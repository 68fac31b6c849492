import { connect } from 'node:net'

// Clients that each ask for twenty places within 50 km as fast as the server takes commands, and read all replies. They have their own process,
// so that reading does not delay what is measured. It ends with the process that measures.
const [, , port, count] = process.argv.map(Number)

/** How many commands are written at once. */
const COMMANDS = 1_000

const REPLY_END = '\n\n'

/** The number of replies so far, except for those whose end is in two reads. */
let replies = 0

process.once('disconnect', () => process.exit())
process.on('message', () => process.send?.(replies))
for (let n = 0; n < (count as number); n += 1) flood(`client-${n}`)

function flood(client: string): void {
  const socket = connect({ port: port as number, host: '127.0.0.1' })
  const commands = `WHATSAT ${client} 50 20\n`.repeat(COMMANDS)
  const send = (): void => {
    while (socket.writable && socket.write(commands));
  }
  socket.on('connect', send).on('drain', send)
  socket.on('error', () => undefined)
  socket.on('data', (bytes) => {
    for (let at = bytes.indexOf(REPLY_END); at !== -1; at = bytes.indexOf(REPLY_END, at + 2)) replies += 1
  })
}
