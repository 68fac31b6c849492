import { BlockList, isIP } from 'node:net'
import { PersonError } from '../person-error.js'

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

/** A host as it is in a URL, without the brackets of an IPv6 address. */
export function plainHost(host: string): string {
  return host.toLowerCase().replace(/^\[|\]$/g, '')
}
