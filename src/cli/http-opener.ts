import type { Security } from '../net/acceptor.js'
import { isLoopback } from '../net/loopback.js'
import type { Address } from '../net/dial.js'
import { PersonError } from '../person-error.js'
import type { ServerParts } from '../server/herd.js'
import { addressOf, httpPortOf, listenAddressOf, type Topology } from '../topology/topology.js'
import type { WebApi, WebApiParts } from '../web/web-api.js'
import { UsageError } from './exit.js'
import type { ServerFlags } from './options.js'
import { hint, note, type Streams } from './streams.js'

const LOOPBACK = '127.0.0.1'

type HttpFlags = Pick<ServerFlags, 'http' | 'httpOrigin' | 'tokens'>

/** Where a server listens for HTTP. */
interface HttpPlace extends Address {
  /** Whether the user has named the port, so that the server must not do without it. */
  readonly isAsked: boolean
}

/** The servers of a process. */
interface ServersWithHttp {
  readonly topology: Topology
  readonly names: readonly string[]
  readonly security: Security
}

/** What one server listens with. */
interface ServerHttp {
  readonly server: string
  readonly onFault: (why: string) => void
}

/** Returns what makes the servers of a process listen for HTTP. One object answers all their requests. */
export function httpOpener(
  { topology, names, security }: ServersWithHttp,
  flags: HttpFlags,
  parts: Omit<WebApiParts, 'origins'>,
  streams: Streams,
): (http: ServerHttp) => ServerParts['listenHttp'] {
  if (typeof flags.http === 'object' && names.length > 1)
    throw new UsageError('--http takes only "off" for several servers', 'the topology has a port for each')
  let api: Promise<WebApi> | undefined
  const loadApi = (): Promise<WebApi> =>
    (api ??= import('../web/web-api.js').then(
      ({ WebApi }) => new WebApi({ ...parts, origins: new Set(flags.httpOrigin) }),
    ))
  const { certificate, tlsOnly: isTlsOnly } = security
  const common = { certificate, isTlsOnly, loadApi }
  const noteLoopback = once(() => {
    note(`HTTP is on ${LOOPBACK} only: without tokens, anybody could report and read`, streams)
    hint(
      'give tokens to listen on other addresses, too: "--tokens FILE"; "--http off" turns HTTP off',
      streams,
    )
  })
  return ({ server, onFault }) => {
    const place = placeOf(topology, server, flags, noteLoopback)
    if (!place) return undefined
    const { isAsked, ...address } = place
    const topologyHost = addressOf(topology, server).host
    return async (requests) => {
      // Loaded when the server listens for clients already.
      const { listenHttp } = await import('../web/http-listener.js')
      try {
        return await listenHttp({ ...common, requests, address, topologyHost, onFault })
      } catch (error) {
        if (isAsked) throw error
        note(`${server} does without HTTP: ${(error as PersonError).message}`, streams)
        hint('give it another port with --http, or "http" in the topology', streams)
        return undefined
      }
    }
  }
}

function placeOf(
  topology: Topology,
  server: string,
  { http, tokens }: HttpFlags,
  noteLoopback: () => void,
): HttpPlace | undefined {
  if (http === 'off') return undefined
  const port = http?.port ?? httpPortOf(topology, server)
  if (port === undefined) return undefined
  const { host = listenAddressOf(topology, server).host } = http ?? {}
  if (isLoopback(host) || tokens !== undefined) return { host, port, isAsked: http !== undefined }
  if (http?.host !== undefined)
    throw new PersonError(
      `--http: ${server} cannot listen for HTTP on ${host}: without tokens, anybody who can reach it could report and read`,
      `give it tokens with "--tokens FILE", or use "--http ${LOOPBACK}:${port}"`,
    )
  noteLoopback()
  return { host: LOOPBACK, port, isAsked: http !== undefined }
}

/** Returns a function that does something the first time it is called. */
function once(act: () => void): () => void {
  let isDone = false
  return () => {
    if (!isDone) act()
    isDone = true
  }
}
