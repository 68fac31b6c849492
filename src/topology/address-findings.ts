import { isIP } from 'node:net'
import type { Finding } from './finding.js'
import { hostKind, type HostKind } from './host-kind.js'
import type { Topology } from './topology.js'
import { formatList } from './format-list.js'

/** Lower ports are reserved for the system (RFC 6335). */
const FIRST_USER_PORT = 1_024

interface Place {
  readonly name: string
  readonly host: string
  readonly port: number
  readonly kind: HostKind
  /** The host that the server listens on: `host`, unless the topology has another in `listen`. */
  readonly listen: string
  readonly listenKind: HostKind
}

/** Findings about the hosts, ports and names of servers. */
export function addressFindings({ servers }: Topology): Finding[] {
  const places = [...servers].map(([name, { host, port, listen = host }]) => {
    return { name, host, port, kind: hostKind(host), listen, listenKind: hostKind(listen) }
  })
  return [
    ...invalidHosts(places),
    ...loopbackHosts(places),
    ...wildcardHosts(places),
    ...samePorts(places),
    ...anyPorts(places),
    ...lowPorts(places),
    ...sameFiles(places),
  ]
}

function invalidHosts(places: readonly Place[]): Finding[] {
  const invalid = (name: string, where: string): Finding => {
    const words = `${name} ${where}, which is neither an address nor a valid host name`
    return { level: 'fault', kind: 'invalid-host', servers: [name], words }
  }
  return places.flatMap(({ name, host, kind, listen, listenKind }) => [
    ...(kind === 'invalid' ? [invalid(name, `is at ${JSON.stringify(host)}`)] : []),
    ...(listenKind === 'invalid' && listen !== host
      ? [invalid(name, `listens on ${JSON.stringify(listen)}`)]
      : []),
  ])
}

function loopbackHosts(places: readonly Place[]): Finding[] {
  const elsewhere = places.find(({ kind }) => kind === 'own')
  const here = places.filter(({ kind }) => kind === 'loopback')
  if (!elsewhere || here.length === 0) return []
  const names = namesOf(here)
  const words = `${formatList(names)}: at an address that only its own machine reaches, but ${elsewhere.name} is at ${elsewhere.host}`
  return [warning('loopback-host', names, words)]
}

function wildcardHosts(places: readonly Place[]): Finding[] {
  return places
    .filter(({ kind }) => kind === 'wildcard')
    .map(({ name, host }) => {
      const words = `${name} is at ${host}: it can listen there, but a machine that dials ${host} reaches only itself; set "listen" to "${host}" and "host" to an address at which others reach ${name}`
      return warning('wildcard-host', [name], words)
    })
}

function samePorts(places: readonly Place[]): Finding[] {
  return places.flatMap((one, index) =>
    places
      .slice(index + 1)
      .filter((other) => collide(one, other))
      .map((other) => {
        const words = `${one.name} and ${other.name} have the same port, ${one.port}, on ${one.listen} and ${other.listen}: only one of them can listen on one machine`
        return warning('same-port', namesOf([one, other]), words)
      }),
  )
}

// 127.0.0.1 and 127.0.0.2 are different addresses, but a name or a wildcard may mean any address of its machine.
function collide(one: Place, other: Place): boolean {
  if (one.port !== other.port || one.port === 0) return false
  if (one.listen === other.listen && one.listenKind === 'own') return true
  if (![one, other].every(isHere)) return false
  return (
    one.listen === other.listen ||
    [one, other].some(({ listenKind, listen }) => listenKind === 'wildcard' || isIP(listen) === 0)
  )
}

/** Whether a server runs on the same machine as all others at loopback or wildcard addresses. */
function isHere({ kind }: Place): boolean {
  return kind === 'loopback' || kind === 'wildcard'
}

function anyPorts(places: readonly Place[]): Finding[] {
  const names = namesOf(places.filter(({ port }) => port === 0))
  if (names.length === 0) return []
  const words = `${formatList(names)}: port 0 is any free port, which only servers of the same "herd up" learn; clients and other processes cannot find it`
  return [warning('any-port', names, words)]
}

function lowPorts(places: readonly Place[]): Finding[] {
  const names = namesOf(places.filter(({ port }) => port > 0 && port < FIRST_USER_PORT))
  if (names.length === 0) return []
  const words = `${formatList(names)}: ports below ${FIRST_USER_PORT} are only for administrators on most systems`
  return [warning('low-port', names, words)]
}

// Log and data files have the name of their server, and many file systems do not distinguish Elm and elm.
function sameFiles(places: readonly Place[]): Finding[] {
  return places.flatMap(({ name }, index) => {
    const same = places.slice(0, index).find((other) => other.name.toLowerCase() === name.toLowerCase())
    if (!same) return []
    const words = `${same.name} and ${name} differ only in case: on some file systems they would share their log and reports`
    return [warning('same-file', [same.name, name], words)]
  })
}

function namesOf(places: readonly Place[]): string[] {
  return places.map(({ name }) => name)
}

function warning(kind: Finding['kind'], servers: readonly string[], words: string): Finding {
  return { level: 'warning', kind, servers, words }
}
