import type { X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'
import { formatList } from '../topology/format-list.js'
import { nameCertificate } from './pem.js'

const DAY_MS = 86_400_000

/** A certificate is renewed at least this long before its end, and when a third of its time is left: some last only for days. */
const RENEWAL_MS = 14 * DAY_MS
const RENEWAL_SHARE = 1 / 3

const RENEW = 'renew it, then send SIGHUP'

/** Warns of certificates that have expired, soon will, or are not valid yet. `now` is in milliseconds since 1970. */
export function expiryWarnings(file: string, chain: readonly X509Certificate[], now: number): string[] {
  return chain.flatMap(({ validFrom, validTo }, index) => {
    const [from, to] = [Date.parse(validFrom), Date.parse(validTo)]
    const name = nameCertificate(file, index)
    if (now > to) return [`${name} expired on ${formatTime(to)}, so clients refuse it: ${RENEW}`]
    if (now < from)
      return [
        `${name} is not valid before ${formatTime(from)}, so clients refuse it: check the clock of this machine`,
      ]
    const isDue = to - now < Math.min(RENEWAL_MS, (to - from) * RENEWAL_SHARE)
    return isDue ? [`${name} expires soon, on ${formatTime(to)}: ${RENEW}`] : []
  })
}

/** A host at which a topology lists servers, and the name of the topology. */
export interface ServedHost {
  readonly host: string
  readonly servers: readonly string[]
  readonly topology: string
}

/** Warns of hosts that a certificate does not name. */
export function hostWarnings(
  file: string,
  certificate: X509Certificate,
  hosts: readonly ServedHost[],
): string[] {
  return hosts
    .filter(({ host }) => !isNamed(host, certificate))
    .map(
      ({ host, servers, topology }) =>
        `${nameCertificate(file, 0)} does not name ${host}, the host of ${formatList(servers)} in ${topology}, so clients that connect there refuse it; it names ${namesIn(certificate)}`,
    )
}

function isNamed(host: string, certificate: X509Certificate): boolean {
  // A certificate cannot name a zone, such as the "%eth0" of an IPv6 address, which means something on one machine only.
  if (host.includes('%')) return false
  return (isIP(host) === 0 ? certificate.checkHost(host) : certificate.checkIP(host)) !== undefined
}

/** `localhost, 127.0.0.1`; without alternative names, the subject. */
function namesIn({ subjectAltName, subject }: X509Certificate): string {
  return (subjectAltName ?? subject).replaceAll(/DNS:|IP Address:/g, '').replaceAll('\n', ', ')
}

/** `2026-11-26 13:05 UTC`. */
function formatTime(milliseconds: number): string {
  return `${new Date(milliseconds).toISOString().slice(0, 16).replace('T', ' ')} UTC`
}
