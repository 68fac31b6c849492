import type { Server as Listener } from 'node:net'
import type { Address } from './dial.js'

/** A listener, and the address that it has. */
export interface Listening {
  readonly listener: Pick<Listener, 'close'>
  readonly address: Address
}

/** Listens at one address; port 0 takes any free one. */
export type ListenAt = (address: Address) => Promise<Listening>

/** How many ports are tried before none is found that is free on every address. Nearly always it is the first. */
const MAX_PORTS_TRIED = 16

/** A name may also stand for addresses that this machine does not have, and `localhost` for IPv6 where there is none. */
const UNAVAILABLE = ['EADDRNOTAVAIL', 'EAFNOSUPPORT']

/**
 * Listens on one port of several hosts of this machine, given as addresses; port 0 takes one that is free on all of them. An address that
 * this machine does not have is left out, unless it has none of them. Rejects with the error of the first that fails, and then listens
 * nowhere.
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
  // Not awaited, because connections that have come already do not end by this.
  for (const { listener } of listening) listener.close()
  if (error.code !== 'EADDRINUSE' || port !== 0 || triesLeft === 1) throw error
  return listenAll(hosts, port, listenAt, triesLeft - 1)
}

/** Adds to `listening`; gives the error that ended it. */
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
