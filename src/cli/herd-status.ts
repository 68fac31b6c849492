import { setTimeout } from 'node:timers/promises'
import { z } from 'zod'
import { readHerdKeys } from '../net/herd-key.js'
import type { StatusProbeOptions } from '../net/status-probe.js'
import { addressOf } from '../topology/topology.js'
import { EXIT, UsageError } from './exit.js'
import { openLookScreen } from './look-screen.js'
import { Onlooker, type Look } from './look.js'
import { checkOptions, clientTls, findTopology, wait } from './options.js'
import { note, type Streams } from './streams.js'
import { judge } from './verdict.js'

const statusFlags = z.strictObject({
  topology: z.string().optional(),
  timeout: wait,
  watch: wait.optional(),
  json: z.boolean().default(false),
  herdKey: z.string().optional(),
  tls: z.boolean().default(false),
  ca: z.string().optional(),
})

/**
 * `proxyherd herd status [Clark …]`: how servers stand, and whether they are in sync, once or again and again. Gives the exit code: 1 when they
 * are not in sync, or were not when last looked at.
 */
export async function herdStatus(
  rawNames: readonly string[],
  rawFlags: unknown,
  streams: Streams,
): Promise<number> {
  const flags = checkOptions(statusFlags, rawFlags)
  const options = await inquiryOptions(flags, streams)
  const topology = await findTopology(flags.topology)
  const names = rawNames.length > 0 ? rawNames : [...topology.servers.keys()]
  const servers = new Map(names.map((name) => [name, addressOf(topology, name)]))
  const screen = await openLookScreen({ ...flags, isWatch: flags.watch !== undefined }, topology, streams)
  let code: number = EXIT.failed
  for await (const look of looks(new Onlooker(servers, options), flags.watch, streams)) {
    screen.show(look)
    code = judge(look).inSync ? EXIT.done : EXIT.failed
  }
  screen.close()
  return code
}

/** One look or, given how often, one after another until the program is asked to end. */
async function* looks(
  onlooker: Onlooker,
  everySeconds: number | undefined,
  { signal }: Streams,
): AsyncGenerator<Look> {
  // What is being asked then fails, and so the wait for it ends.
  const close = (): void => {
    onlooker.close()
  }
  signal.addEventListener('abort', close, { once: true })
  let isWanted = !signal.aborted
  while (isWanted) {
    const look = await onlooker.look()
    if (signal.aborted) return
    yield look
    isWanted =
      everySeconds !== undefined &&
      (await setTimeout(everySeconds * 1_000, true, { signal }).catch(() => false))
  }
  close()
}

async function inquiryOptions(
  { timeout, herdKey, tls, ca }: z.infer<typeof statusFlags>,
  streams: Streams,
): Promise<Omit<StatusProbeOptions, 'server' | 'address'>> {
  if (herdKey !== undefined && tls)
    throw new UsageError('--herd-key and --tls do not go together', 'a herd key brings TLS of its own')
  const timeoutMs = timeout * 1_000
  if (herdKey === undefined) return { timeoutMs, tls: await clientTls(tls, ca) }
  const { keys, warnings } = await readHerdKeys(herdKey)
  for (const warning of warnings) note(warning, streams)
  return { timeoutMs, keys }
}
