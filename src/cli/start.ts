import { openLog } from '../log/file.js'
import { chooseProvider } from '../places/choose.js'
import { Places } from '../places/places.js'
import { systemClock } from '../server/clock.js'
import { Herd } from '../server/herd.js'
import type { LinkNews } from '../server/server.js'
import type { Topology } from '../topology/topology.js'
import { placesKey, type ServerOptions } from './options.js'
import { logPath } from './state.js'
import type { Streams } from './streams.js'

/** Starts the named servers of a topology as `serve` and `herd up` were told to. Throws a PersonError, and then none runs. */
export async function startHerd(
  topology: Topology,
  names: readonly string[],
  options: ServerOptions,
  streams: Streams,
  onLink: (news: LinkNews) => void,
): Promise<Herd> {
  const { state, places: service, placesUrl: url, placesKeyFile, maxFuture } = options
  const key = await placesKey(placesKeyFile, streams.env)
  const provider = chooseProvider({ name: service, url, key })
  const clock = systemClock()
  return Herd.start(topology, names, async (server) => {
    const log = await openLog({
      path: logPath(state, server),
      server,
      clock,
      level: options.log,
      onFault: (words) => {
        streams.stderr.write(`proxyherd: ${server}: ${words}\n`)
      },
    })
    const places = new Places(provider, (call) => {
      log.write({ kind: 'places', ...call })
    })
    return { log, places, clock, random: Math.random, maxFutureSeconds: maxFuture, onLink }
  })
}
