import type { IncomingHttpHeaders } from 'node:http'
import type { Origins } from './cors.js'
import { problem, type Problem } from './problem.js'

/** The names of this machine in a `Host` header. */
const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]']

/** From a browser, only requests of our own pages and those that a person has typed are served. */
const OWN_FETCHES = ['same-origin', 'none']

/** Where a request has come to. */
export interface AskedSite {
  /** The host of the server in the topology. */
  readonly topologyHost: string
  /** Whether it came to an address that only this machine can reach. */
  readonly isOnLoopback: boolean
  readonly isEncrypted: boolean
  /** The web sites whose pages may use the API. */
  readonly origins: Origins
}

/**
 * Why a request is refused because of the web site that may have caused it; undefined if it is not. A browser sends the requests of any page to any
 * address. So the name that a page on loopback is fetched from must be ours: else its owner could give that name the address of this machine
 * (DNS rebinding). Other addresses may have any name: there, a token is needed, which such a page does not have.
 */
export function siteProblem(headers: IncomingHttpHeaders, site: AskedSite): Problem | undefined {
  const { topologyHost, isOnLoopback, isEncrypted, origins } = site
  const { host, origin, 'sec-fetch-site': fetchSite } = headers
  if (host === undefined) return problem(400, 'the request has no Host header')
  const name = host.replace(/:[0-9]*$/, '').toLowerCase()
  const named = Array.from(origins, (each) => new URL(each).hostname)
  if (isOnLoopback && ![...LOOPBACK_NAMES, topologyHost.toLowerCase(), ...named].includes(name))
    return problem(421, `this server is not called ${JSON.stringify(name)}`)
  if (origin !== undefined && origins.has(origin)) return undefined
  const isOwn = origin === undefined || origin === `${isEncrypted ? 'https' : 'http'}://${host}`
  if (isOwn && (fetchSite === undefined || OWN_FETCHES.includes(fetchSite))) return undefined
  return problem(403, 'requests from pages of other sites are refused')
}
