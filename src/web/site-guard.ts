import type { IncomingHttpHeaders } from 'node:http'
import { problem, type Problem } from './problem.js'

/** The names of this machine in a `Host` header. */
const LOOPBACK_NAMES = ['localhost', '127.0.0.1', '[::1]']

/** From a browser, only requests of our own pages and those that a person has typed are served. */
const OWN_FETCHES = ['same-origin', 'none']

/**
 * Why a request is refused because of the web site that may have caused it; undefined if it is not. A browser sends the requests of any page to any
 * address. So the name that a page on loopback is fetched from must be ours: else its owner could give that name the address of this machine
 * (DNS rebinding). `topologyHost` is the host of the server in the topology.
 */
export function siteProblem(headers: IncomingHttpHeaders, topologyHost: string): Problem | undefined {
  const { host, origin, 'sec-fetch-site': fetchSite } = headers
  if (host === undefined) return problem(400, 'the request has no Host header')
  const name = host.replace(/:[0-9]*$/, '').toLowerCase()
  if (![...LOOPBACK_NAMES, topologyHost.toLowerCase()].includes(name))
    return problem(421, `this server is not called ${JSON.stringify(name)}`)
  const isOwn = origin === undefined || origin === `http://${host}`
  if (isOwn && (fetchSite === undefined || OWN_FETCHES.includes(fetchSite))) return undefined
  return problem(403, 'requests from pages of other sites are refused')
}
