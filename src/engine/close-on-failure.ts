import { AsyncLocalStorage } from 'node:async_hooks'
import { subscribe } from 'node:diagnostics_channel'
import type { Socket } from 'node:net'

const opened = new AsyncLocalStorage<Socket[]>()

subscribe('net.client.socket', (message) => {
  opened.getStore()?.push((message as { socket: Socket }).socket)
})

/**
 * Runs a task that connects, and closes the sockets that it has opened if it fails. The client of NATS leaves one open to a server that accepts
 * the connection and then says nothing: each attempt would cost a socket, and the process could not end.
 */
export async function closeOnFailure<T>(task: () => Promise<T>): Promise<T> {
  const sockets: Socket[] = []
  try {
    return await opened.run(sockets, task)
  } catch (error) {
    for (const socket of sockets) socket.destroy()
    throw error
  }
}
