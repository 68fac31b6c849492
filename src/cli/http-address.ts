import * as z from 'zod/mini'

/** A port, perhaps after a host name, an IPv4 address, or an IPv6 address in brackets. */
const ADDRESS = /^(?:([A-Za-z0-9._-]+|\[[0-9A-Fa-f:.]+\]):)?([0-9]{1,5})$/

/** Where to listen for HTTP; without a host, where the server listens. */
export interface HttpAddress {
  readonly host: string | undefined
  readonly port: number
}

/** Where to listen for HTTP, as typed on a command line. */
export const httpAddress = z.pipe(
  z.string(),
  z.transform((text, { issues }): HttpAddress | 'off' => {
    if (text === 'off') return 'off'
    const [, host, port = ''] = ADDRESS.exec(text) ?? []
    if (port === '' || Number(port) > 65_535)
      issues.push({ code: 'custom', message: 'is not a port, HOST:PORT or off', input: text })
    return { host: host?.replace(/^\[|\]$/g, ''), port: Number(port) }
  }),
)

/** A web site whose pages may use HTTP, as browsers name it: `https://map.example`, with a port if it is not the usual one. */
export const webOrigin = z
  .string()
  .check(z.refine(isOrigin, 'is not a web site such as https://map.example, without a path'))

function isOrigin(text: string): boolean {
  return /^https?:/.test(text) && URL.canParse(text) && new URL(text).origin === text
}
