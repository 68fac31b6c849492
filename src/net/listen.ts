import { createServer, isIP, type AddressInfo, type Server as Listener, type Socket } from 'node:net'
import { PersonError } from '../person-error.js'
import { formatAddress } from './connection.js'
import type { Address } from './dial.js'
import { listenAll, type Listening } from './listen-all.js'
import { isLocalhost, LOOPBACK_ADDRESSES } from './loopback.js'
import { systemResolver, type Resolver } from './resolver.js'
import { socketErrorText } from './socket-error-text.js'

/** How often a listener reports that connections cannot be accepted, which may happen thousands of times a second. */
const FAILURE_INTERVAL_MS = 60_000

/** What a listener reports. */
export interface ListenerEvents {
  accepted(socket: Socket): void
  /** Connections cannot be accepted, for lack of memory for example. The listener goes on, and reports this at most once a minute. */
  failed(why: string): void
}

/** What listens, and how it is named where that fails. */
export interface ListenParts {
  readonly server: string
  /** What it cannot do if that fails: `listen`. */
  readonly purpose: string
  /** The flag that gives it another address; without it, that is in the topology. */
  readonly flag?: string
  /** Makes a listener. There is one for each address. */
  readonly make: () => Listener
  /** See `ListenerEvents`. */
  readonly failed: (why: string) => void
}

/**
 * Listens on an address, or on all addresses of this machine that a name has, on the same port. Port 0 selects a free port. Rejects with a
 * PersonError that names `server`.
 */
export async function listen(
  server: string,
  address: Address,
  events: ListenerEvents,
  resolver?: Pick<Resolver, 'resolve'>,
): Promise<Listening[]> {
  const make = (): Listener =>
    createServer({ allowHalfOpen: true }, (socket) => {
      events.accepted(socket)
    })
  const failed = (why: string): void => {
    events.failed(why)
  }
  return listenWith({ server, purpose: 'listen', make, failed }, address, resolver)
}

/** The same with other listeners than those of `node:net`. */
export async function listenWith(
  parts: ListenParts,
  address: Address,
  resolver: Pick<Resolver, 'resolve'> = systemResolver,
): Promise<Listening[]> {
  const { host, port } = address
  try {
    return await listenAll(await addressesOf(host, resolver), port, (address) => listenAt(address, parts))
  } catch (error) {
    throw listenError(parts, address, error as NodeJS.ErrnoException)
  }
}

async function addressesOf(host: string, resolver: Pick<Resolver, 'resolve'>): Promise<readonly string[]> {
  if (isIP(host) !== 0) return [host]
  if (isLocalhost(host)) return LOOPBACK_ADDRESSES
  return [...new Set((await resolver.resolve(host)).map(({ address }) => address))]
}

async function listenAt({ host, port }: Address, { make, failed }: ListenParts): Promise<Listening> {
  const listener = make()
  await new Promise<void>((resolve, reject) => {
    listener.once('error', reject)
    listener.listen({ host, port }, resolve)
  })
  let reportedAt = -Infinity
  listener.removeAllListeners('error').on('error', (error) => {
    if (performance.now() - reportedAt < FAILURE_INTERVAL_MS) return
    reportedAt = performance.now()
    failed(`connections cannot be accepted: ${socketErrorText(error)}`)
  })
  return { listener, address: { host, port: (listener.address() as AddressInfo).port } }
}

function listenError(
  { server, purpose, flag }: ListenParts,
  { host, port }: Address,
  error: NodeJS.ErrnoException,
): PersonError {
  if (error.code === 'EADDRINUSE')
    return new PersonError(
      `port ${port} is taken, so ${server} cannot ${purpose}`,
      `see who holds it with "lsof -i :${port}", or give ${server} another port ${flag === undefined ? 'in a topology file (--topology)' : `with ${flag}`}`,
    )
  return new PersonError(
    `${server} cannot ${purpose} on ${formatAddress(host, port)}: ${socketErrorText(error)}`,
    flag === undefined
      ? `in topology.json, give ${server} an address of this machine and a free port; if others reach it at another address, set "listen" to that of this machine`
      : `give ${server} an address of this machine and a free port with ${flag}`,
  )
}
