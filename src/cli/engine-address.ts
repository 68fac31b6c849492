import * as z from 'zod/mini'

/** The port of a NATS server. */
const DEFAULT_PORT = 4222

/** A host name, an IPv4 address, or an IPv6 address in brackets; and a port. */
const SERVER = /^([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\])(?::([0-9]{1,5}))?$/

/** Where an engine is. */
export interface EngineAddress {
  /** The servers of the broker, as HOST:PORT. */
  readonly servers: readonly string[]
  readonly isTls: boolean
}

/** The address of an engine as typed on a command line. */
export const engineAddress = z.pipe(
  z.string(),
  z.transform((text, { issues }): EngineAddress => {
    const refuse = (message: string): void => void issues.push({ code: 'custom', message, input: text })
    const [scheme = '', list = ''] = text.split('://', 2)
    // A password on the command line is visible to all users of the machine.
    if (text.includes('@')) refuse('must not hold a password: use --engine-credentials')
    else if (scheme !== 'nats' && scheme !== 'tls') refuse('does not start with nats:// or tls://')
    const servers = list.replace(/\/$/, '').split(',')
    const parsed = servers.map((server) => {
      const [, host = '', port = String(DEFAULT_PORT)] = SERVER.exec(server) ?? []
      return host !== '' && Number(port) > 0 && Number(port) <= 65_535 ? `${host}:${port}` : undefined
    })
    if (issues.length === 0 && parsed.includes(undefined)) refuse('is not like nats://HOST:PORT,HOST:PORT')
    return { servers: parsed.map(String), isTls: scheme === 'tls' }
  }),
)
