import * as z from 'zod/mini'
import { PersonError } from '../person-error.js'
import { accessFlags, readAccess } from './client-access.js'
import { exchange } from './exchange.js'
import { UsageError } from './exit.js'
import { checkOptions, findTopology } from './options.js'
import { note, type Streams } from './streams.js'
import { argumentToWire } from './wire-text.js'

const forgetOptions = z.strictObject({
  ...accessFlags,
  server: z.optional(z.string()),
  until: z.optional(
    z.string().check(z.regex(/^[0-9]+(?:\.[0-9]+)?$/, 'is not a time in POSIX seconds such as 1621464827.9')),
  ),
  json: z._default(z.boolean(), false),
})

/**
 * `proxyherd forget kiwi`: makes a herd forget a client. Asks the server that is named, or else those of the topology, one after another until
 * one answers. Returns the exit code: 1 if it was refused.
 */
export async function forget(client: string, rawOptions: unknown, streams: Streams): Promise<number> {
  const options = checkOptions(forgetOptions, rawOptions)
  const line = lineOf(client, options.until)
  const accessOf = await readAccess(options, streams)
  const ask = async (server: string): Promise<number> =>
    exchange(await accessOf(server), [line], options, streams)
  const [first = '', ...others] = await serversOf(options)
  let server = first
  for (const next of others) {
    try {
      return await ask(server)
    } catch (error) {
      if (!(error instanceof PersonError)) throw error
      note(`${error.message}; asking ${next} instead`, streams)
      server = next
    }
  }
  return ask(server)
}

async function serversOf({ server, topology }: z.infer<typeof forgetOptions>): Promise<readonly string[]> {
  return server === undefined ? [...(await findTopology(topology)).servers.keys()] : [server]
}

/** The command as wire text. Throws a UsageError if the client ID would be something else in it. */
function lineOf(client: string, until: string | undefined): string {
  const id = argumentToWire(
    client,
    'use "proxyherd send", which takes FORGET on standard input, with any bytes',
  )
  if (!/^[^\t\n\v\f\r ]+$/.test(id))
    throw new UsageError(`"${client}" is not a client ID: it must have a character, and no white space`)
  return until === undefined ? `FORGET ${id}` : `FORGET ${id} ${until}`
}
