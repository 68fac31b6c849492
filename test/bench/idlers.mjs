// Connections that say something once and then nothing any more: idlers.mjs PORT COUNT TEXT. A process of its own, because both ends of so
// many are more than one process may have open. Says how many are open, and keeps them until it is ended.
import { connect } from 'node:net'
import process from 'node:process'

const [, , port, count, text] = process.argv
const AT_ONCE = 100
let begun = 0
let open = 0
let settled = 0

function next() {
  if (begun >= Number(count)) return
  begun += 1
  const socket = connect({ host: '127.0.0.1', port: Number(port) })
  const settle = () => {
    settled += 1
    if (settled === Number(count)) process.send(open)
    else next()
  }
  socket.once('connect', () => socket.write(text))
  socket.once('data', () => {
    open += 1
    settle()
  })
  socket.once('error', () => undefined)
  socket.once('close', () => socket.bytesRead === 0 && settle())
}

process.once('disconnect', () => process.exit(0))
for (let first = 0; first < AT_ONCE; first += 1) next()
