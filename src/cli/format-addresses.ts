import { formatAddress } from '../net/connection.js'
import type { Address } from '../net/dial.js'

/** Addresses as `HOST:PORT`. */
export function formatAddresses(addresses: readonly Address[] = []): string[] {
  return addresses.map(({ host, port }) => formatAddress(host, port))
}
