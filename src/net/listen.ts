import { createServer, type Server as Listener, type Socket } from 'node:net'
import { PersonError } from '../person-error.js'
import { formatAddress } from './connection.js'
import type { Address } from './dial.js'
import { socketWords } from './words.js'

/** Listens at an address; port 0 takes any free one. Rejects with a PersonError that names `server` when it cannot. */
export async function listen(
  server: string,
  address: Address,
  accepted: (socket: Socket) => void,
): Promise<Listener> {
  const listener = createServer({ allowHalfOpen: true }, accepted)
  await new Promise<void>((resolve, reject) => {
    listener.once('error', (error) => {
      reject(listenError(server, address, error))
    })
    listener.listen({ ...address }, resolve)
  })
  return listener
}

function listenError(server: string, { host, port }: Address, error: NodeJS.ErrnoException): PersonError {
  if (error.code === 'EADDRINUSE')
    return new PersonError(
      `port ${port} is taken, so ${server} cannot listen`,
      `see who holds it with "lsof -i :${port}", or change topology.json`,
    )
  return new PersonError(
    `${server} cannot listen on ${formatAddress(host, port)}: ${socketWords(error)}`,
    `give ${server} an address of this machine and a free port in topology.json`,
  )
}
