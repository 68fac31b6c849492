import type { Server as Listener } from 'node:net'
import type { Address } from './dial.js'

/** A listener and its address. */
export interface Listening {
  readonly listener: Pick<Listener, 'close'>
  readonly address: Address
}

/** Listens on one address. Port 0 selects a free port. */
export type ListenAt = (address: Address) => Promise<Listening>

/** How many ports are tried until one is free on every address. Nearly always the first is. */
const MAX_PORTS_TRIED = 16

/** A name may also have addresses of other machines, and `localhost` has an IPv6 address where there is no IPv6. */
const UNAVAILABLE = ['EADDRNOTAVAIL', 'EAFNOSUPPORT']

/**
 * Listens on the same port of several addresses. Port 0 selects a port that is free on all of them. Addresses that this machine does not have
 * are skipped. Rejects with the first error, and then listens nowhere, if another error occurs or if all addresses are skipped.
 */
export async function listenAll(
  hosts: readonly string[],
  port: number,
  listenAt: ListenAt,
  triesLeft: number = MAX_PORTS_TRIED,
): Promise<Listening[]> {
  const listening: Listening[] = []
  const error = await listenOnce(hosts, port, listenAt, listening)
  if (!error) return listening
  // Not awaited, because `close` waits for connections that were already accepted.
  for (const { listener } of listening) listener.close()
  if (error.code !== 'EADDRINUSE' || port !== 0 || triesLeft === 1) throw error
  return listenAll(hosts, port, listenAt, triesLeft - 1)
}

/** Adds listeners to `listening`. Returns the error, if there was one. */
async function listenOnce(
  hosts: readonly string[],
  port: number,
  listenAt: ListenAt,
  listening: Listening[],
): Promise<NodeJS.ErrnoException | undefined> {
  let unavailable: NodeJS.ErrnoException | undefined
  for (const host of hosts)
    try {
      listening.push(await listenAt({ host, port: listening[0]?.address.port ?? port }))
    } catch (thrown) {
      const error = thrown as NodeJS.ErrnoException
      if (!UNAVAILABLE.includes(error.code ?? '')) return error
      unavailable ??= error
    }
  return listening.length === 0 ? unavailable : undefined
}
