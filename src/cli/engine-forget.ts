import * as z from 'zod/mini'
import type { ForgetOptions } from '../engine/forget-carrier.js'
import { PersonError } from '../person-error.js'
import { formatCount } from '../topology/format-list.js'
import { isServerName } from '../topology/topology.js'
import { readEngineAccess } from './engine.js'
import { EXIT, UsageError } from './exit.js'
import { checkOptions, engineFlags, findTopology } from './options.js'
import { note, type Streams } from './streams.js'

const forgetFlags = z.strictObject({ ...engineFlags, topology: z.optional(z.string()) })

/** Removes what a carrier has published, see `forgetCarrier`. */
type ForgetCarrier = (options: ForgetOptions) => Promise<number>

/**
 * `proxyherd engine forget Clark --engine nats://…`: removes from the engine what a server has published that is gone. Returns the exit code.
 */
export async function engineForget(
  carrier: string,
  rawOptions: unknown,
  streams: Streams,
  forget: ForgetCarrier = forgetLate,
): Promise<number> {
  const flags = checkOptions(forgetFlags, rawOptions)
  if (!isServerName(carrier)) throw new UsageError(`"${carrier}" is not the name of a server`)
  const engine = await readEngineAccess(flags)
  if (!engine)
    throw new UsageError('--engine is missing', 'name the engine, such as --engine nats://HOST:PORT')
  for (const warning of engine.warnings) note(warning, streams)
  const { name: herd } = await findTopology(flags.topology)
  const { servers, domain, access } = engine
  const { signal, stdout } = streams
  try {
    const removed = await forget({ herd, carrier, servers, domain, access, signal })
    stdout.write(`${outcomeText(removed, carrier, `nats:${herd}`)}\n`)
  } catch (error) {
    if (signal.aborted) return EXIT.failed
    throw new PersonError(
      `cannot remove the reports of ${carrier} from the engine nats:${herd}: ${(error as Error).message}`,
    )
  }
  return EXIT.done
}

function outcomeText(removed: number, carrier: string, engine: string): string {
  if (removed === 0) return `the engine ${engine} had no reports of ${carrier}`
  return `removed ${formatCount(removed, 'report')} of ${carrier} from the engine ${engine}; the other servers publish what it lacks within two minutes`
}

async function forgetLate(options: ForgetOptions): Promise<number> {
  const { forgetCarrier } = await import('../engine/forget-carrier.js')
  return forgetCarrier(options)
}
