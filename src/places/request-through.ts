import {
  request as requestHttp,
  type ClientRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type RequestOptions,
} from 'node:http'
import { request as requestHttps } from 'node:https'
import { isIP } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import { plainHost } from './proxy-for.js'

/** The error code of a proxy that opens no tunnel begins with this; the HTTP status follows. */
export const TUNNEL_REFUSED = 'TUNNEL_REFUSED_'

type Answered = (response: IncomingMessage) => void

/** Returns a function that makes requests as `http.request` and `https.request` do, through a proxy, until `signal` is aborted. */
export function requestThrough(
  proxy: URL,
  signal: AbortSignal,
): (target: URL, options: RequestOptions, answered?: Answered) => ClientRequest {
  return (target, options, answered) => {
    if (target.protocol === 'http:') {
      const headers = {
        ...(options.headers as OutgoingHttpHeaders),
        host: target.host,
        ...authorization(proxy),
      }
      const path = `${target.origin}${target.pathname}${target.search}`
      return open(proxy, { ...options, path, headers }, answered)
    }
    const connect = connectRequest(proxy, target)
    const createConnection: RequestOptions['createConnection'] = (_, connected) => {
      openTunnel(connect, plainHost(target.hostname), connected)
      return undefined
    }
    // When the time of a look-up is up, the proxy need not go on.
    signal.addEventListener('abort', () => connect.destroy(), { once: true })
    return requestHttps(target, { ...options, createConnection }, answered)
  }
}

function open(proxy: URL, options: RequestOptions, answered?: Answered): ClientRequest {
  const { protocol, hostname, port } = proxy
  const request = protocol === 'https:' ? requestHttps : requestHttp
  return request({ ...options, protocol, host: plainHost(hostname), port }, answered)
}

function connectRequest(proxy: URL, target: URL): ClientRequest {
  const path = `${target.hostname}:${target.port || '443'}`
  return open(proxy, { method: 'CONNECT', path, headers: { host: path, ...authorization(proxy) } })
}

/** Connects to a host by TLS, through a connection that the proxy opens. */
function openTunnel(
  connect: ClientRequest,
  host: string,
  connected: (error: Error | null, socket: Duplex) => void,
): void {
  connect.on('error', (error) => {
    connected(error, connect.socket as Duplex)
  })
  connect.on('connect', ({ statusCode }, socket) => {
    if (statusCode === 200) {
      connected(null, connectTls({ socket, host, servername: isIP(host) ? '' : host }))
      return
    }
    socket.destroy()
    connected(Object.assign(new Error(), { code: `${TUNNEL_REFUSED}${statusCode}` }), socket)
  })
  connect.end()
}

function authorization({ username, password }: URL): Record<string, string> {
  if (username === '') return {}
  const words = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return { 'proxy-authorization': `Basic ${Buffer.from(words).toString('base64')}` }
}
