import type { Herd } from '../server/herd.js'
import { addressOf, neighboursOf, type Topology } from '../topology/topology.js'
import { EXIT } from './exit.js'
import { formatAddresses } from './format-addresses.js'
import { LinkReporter } from './link-reporter.js'
import { checkOptions, findTopology, serverFlags, type ServerFlags } from './options.js'
import { startHerd } from './start-herd.js'
import { logPlace } from './state-paths.js'
import { messagesOutput, untilAborted, type Streams } from './streams.js'
import { formatTable } from './format-table.js'

/** `proxyherd herd up [Clark …]`: runs several servers in one process until it is asked to end. Returns the exit code. */
export async function herdUp(
  rawNames: readonly string[],
  rawOptions: unknown,
  streams: Streams,
): Promise<number> {
  const options = checkOptions(serverFlags, rawOptions)
  const topology = await findTopology(options.topology)
  const names = rawNames.length > 0 ? [...new Set(rawNames)] : [...topology.servers.keys()]
  for (const name of names) addressOf(topology, name)
  const output = messagesOutput(streams, options)
  const reporter = new LinkReporter(topology, names, { ...streams, stdout: output })
  const herd = await startHerd(topology, names, options, streams, {
    onLink: (change) => {
      reporter.update(change)
    },
    print: (text) => {
      reporter.print(text)
    },
  })
  if (!herd) return EXIT.done
  output.write(`${formatServers(topology, herd, options)}\n`)
  await reporter.start()
  await untilAborted(streams)
  reporter.end()
  // Each server has reported what it could not save.
  return (await herd.stopAll()) > 0 ? EXIT.failed : EXIT.done
}

function formatServers(topology: Topology, herd: Herd, options: ServerFlags): string {
  const { addresses, httpAddresses } = herd
  const rows = [...addresses].map(([name, where]) => {
    const http = formatAddresses(httpAddresses.get(name)).join(', ') || 'off'
    const neighbours = neighboursOf(topology, name).join(', ')
    return [name, formatAddresses(where).join(', '), http, neighbours, logPlace(options, name)]
  })
  return formatTable(['Server', 'Address', 'HTTP', 'Neighbours', 'Log'], rows)
}
