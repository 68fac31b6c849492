import {
  request as requestHttp,
  type ClientRequest,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type RequestOptions,
} from 'node:http'
import { request as requestHttps } from 'node:https'
import { BlockList, isIP } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect as connectTls } from 'node:tls'
import { PersonError } from '../person-error.js'

/** The error code of a proxy that opens no tunnel begins with this; the HTTP status follows. */
export const TUNNEL_REFUSED = 'TUNNEL_REFUSED_'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The proxy for a URL from `HTTP_PROXY` or `HTTPS_PROXY` and `NO_PROXY`, whose names in lower case come first, as for curl. Undefined for none.
 * Throws a PersonError if it is not the URL of an HTTP proxy.
 */
export function proxyFor(target: URL, env: Environment): URL | undefined {
  const upper = target.protocol === 'https:' ? 'HTTPS_PROXY' : 'HTTP_PROXY'
  const lower = upper.toLowerCase()
  const name = env[lower] ? lower : upper
  const value = env[name]
  if (!value || isExempt(target, env['no_proxy'] ?? env['NO_PROXY'] ?? '')) return undefined
  const url = URL.parse(value.includes('://') ? value : `http://${value}`)
  // The value may contain a password, so it is not quoted.
  if (!url) throw new PersonError(`${name} in the environment is not the URL of a proxy`)
  if (!/^https?:$/.test(url.protocol))
    throw new PersonError(
      `the proxy in ${name} has the scheme "${url.protocol.slice(0, -1)}"`,
      'only http and https proxies work',
    )
  return url
}

/** Whether a list such as `localhost,.example.net,10.0.0.0/8,[::1]:8080` names the host of a URL. */
function isExempt(target: URL, list: string): boolean {
  const host = plainHost(target.hostname)
  const port = target.port || (target.protocol === 'https:' ? '443' : '80')
  return list
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => {
      const [, name = entry, itsPort = port] = /^(\[.*\]|[^:]*):(\d+)$/.exec(entry) ?? []
      return itsPort === port && covers(plainHost(name), host)
    })
}

/** A host of `NO_PROXY` stands for itself and all its subdomains; an address may have a prefix length. */
function covers(entry: string, host: string): boolean {
  const [network = '', bits] = entry.split('/')
  if (bits !== undefined && isIP(network) !== 0 && isIP(network) === isIP(host)) {
    const family = isIP(host) === 4 ? 'ipv4' : 'ipv6'
    const subnet = new BlockList()
    if (Number(bits) <= (family === 'ipv4' ? 32 : 128)) subnet.addSubnet(network, Number(bits), family)
    return subnet.check(host, family)
  }
  const suffix = entry.replace(/^\*?\./, '')
  return entry === '*' || host === suffix || host.endsWith(`.${suffix}`)
}

function plainHost(host: string): string {
  return host.toLowerCase().replace(/^\[|\]$/g, '')
}

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
