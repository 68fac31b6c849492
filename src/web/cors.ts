import type { IncomingHttpHeaders } from 'node:http'
import type { HttpReply } from './http-reply.js'
import type { WebRoute } from './web-route.js'

/** The web sites whose pages may use the API, such as `https://map.example`. */
export type Origins = ReadonlySet<string>

/** The headers that pages may send, and read, besides those that they always may. */
const REQUEST_HEADERS = 'authorization, content-type, if-none-match, last-event-id'
const RESPONSE_HEADERS = 'etag, retry-after, www-authenticate'

/** With this, some browsers ask whether a public site may send to a private address. */
const PRIVATE_NETWORK = 'access-control-request-private-network'

/** How long a browser need not ask again, in seconds. */
const MAX_AGE_SECONDS = '600'

/** Lets the page that has made a request read the response, if it is of a named site. Responses that depend on that say so to caches. */
export function withCors(reply: HttpReply, { origin }: IncomingHttpHeaders, origins: Origins): HttpReply {
  if (origins.size === 0) return reply
  const { vary } = reply.headers
  const headers = {
    ...reply.headers,
    vary: vary === undefined ? 'origin' : `${vary}, origin`,
    ...(origin !== undefined &&
      origins.has(origin) && {
        'access-control-allow-origin': origin,
        'access-control-expose-headers': RESPONSE_HEADERS,
      }),
  }
  return { ...reply, headers }
}

/** The response to a browser that asks what a page of a named site may send to a path; undefined if a request is none of these. It has no token. */
export function preflightReply(
  method: string | undefined,
  { origin, 'access-control-request-method': wanted, [PRIVATE_NETWORK]: isPrivate }: IncomingHttpHeaders,
  origins: Origins,
  routes: readonly WebRoute[],
): HttpReply | undefined {
  if (method !== 'OPTIONS' || wanted === undefined || origin === undefined || !origins.has(origin))
    return undefined
  const headers = {
    'access-control-allow-methods': routes.map((route) => route.method).join(', '),
    'access-control-allow-headers': REQUEST_HEADERS,
    'access-control-max-age': MAX_AGE_SECONDS,
    ...(isPrivate !== undefined && { 'access-control-allow-private-network': 'true' }),
  }
  return { status: 204, headers, body: new Uint8Array(0) }
}
