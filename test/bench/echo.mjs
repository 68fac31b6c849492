// The least that a server in Node can do: it gives back what comes. Nothing that answers each line can be faster.
import { createServer } from 'node:net'
import process from 'node:process'

createServer({ noDelay: true }, (socket) => {
  socket.on('data', (bytes) => socket.write(bytes))
  socket.on('error', () => undefined)
}).listen(Number(process.argv[2]), '127.0.0.1')
