import { formatAddress } from '../net/connection.js'
import type { Herd } from '../server/herd.js'
import { addressOf, neighboursOf, type Topology } from '../topology/topology.js'
import { EXIT } from './exit.js'
import { LinkWatch } from './link-watch.js'
import { checkOptions, findTopology, serverOptions } from './options.js'
import { startHerd } from './start.js'
import { logPath } from './state.js'
import { untilAsked, type Streams } from './streams.js'
import { table } from './table.js'

/** `proxyherd herd up [Clark …]`: several servers in one process, until they are asked to end. Gives the exit code. */
export async function herdUp(
  rawNames: readonly string[],
  rawOptions: unknown,
  streams: Streams,
): Promise<number> {
  const options = checkOptions(serverOptions, rawOptions)
  const topology = await findTopology(options.topology)
  const names = rawNames.length > 0 ? [...new Set(rawNames)] : [...topology.servers.keys()]
  for (const name of names) addressOf(topology, name)
  const watch = new LinkWatch(topology, names, streams)
  const herd = await startHerd(topology, names, options, streams, {
    onLink: (news) => {
      watch.heard(news)
    },
    say: (text) => {
      watch.say(text)
    },
  })
  streams.stdout.write(`${addresses(topology, herd, options.state)}\n`)
  await watch.start()
  await untilAsked(streams)
  watch.end()
  // What could not be saved is told by the servers, each for itself.
  return (await herd.stopAll()) > 0 ? EXIT.failed : EXIT.done
}

function addresses(topology: Topology, herd: Herd, state: string): string {
  const rows = [...herd.addresses].map(([name, addresses]) => {
    const where = addresses.map(({ host, port }) => formatAddress(host, port)).join(', ')
    const neighbours = neighboursOf(topology, name).join(', ')
    return [name, where, neighbours, logPath(state, name)]
  })
  return table(['Server', 'Address', 'Neighbours', 'Log'], rows)
}
