import * as z from 'zod/mini'
import type { ServerAccess } from '../net/raw-client.js'
import { clientToken, warnOfExposure } from './client-token.js'
import { findServer } from './find-server.js'
import { clientTls, waitSeconds } from './options.js'
import type { Streams } from './streams.js'

/** The options with which clients connect. */
export const accessFlags = {
  topology: z.optional(z.string()),
  timeout: waitSeconds,
  tls: z._default(z.boolean(), false),
  ca: z.optional(z.string()),
  tokenFile: z.optional(z.string()),
}

interface AccessFlags {
  readonly topology?: string | undefined
  /** In seconds. */
  readonly timeout: number
  readonly tls: boolean
  readonly ca?: string | undefined
  readonly tokenFile?: string | undefined
}

/** Reads the files that the options name. Resolves to what finds out how to reach a server, see `findServer`. */
export async function readAccess(
  { topology, timeout, tls, ca, tokenFile }: AccessFlags,
  streams: Streams,
): Promise<(server: string) => Promise<ServerAccess>> {
  const security = await clientTls(tls, ca)
  const token = await clientToken(tokenFile, streams)
  return async (server) => {
    const address = await findServer(server, topology)
    const access = { server, address, token, tls: security, timeoutMs: timeout * 1_000 }
    warnOfExposure([access], streams)
    return access
  }
}
