import { toExcerpt } from '../log/escape-text.js'
import type { LinkNews } from '../server/server-options.js'
import { formatList } from '../topology/format-list.js'
import { isEngine } from './engine-verdict.js'
import { EXIT } from './exit.js'
import { formatAddresses } from './format-addresses.js'
import { checkOptions, findTopology, serverFlags } from './options.js'
import { startHerd } from './start-herd.js'
import { logPlace } from './state-paths.js'
import { messagesOutput, untilAborted, type Streams } from './streams.js'

/** `proxyherd serve Clark`: runs one server until it is asked to end. Returns the exit code. */
export async function serve(name: string, rawOptions: unknown, streams: Streams): Promise<number> {
  const options = checkOptions(serverFlags, rawOptions)
  const topology = await findTopology(options.topology)
  const output = messagesOutput(streams, options)
  const print = (text: string): void => {
    output.write(`${text}\n`)
  }
  const onLink = (change: LinkNews): void => {
    // A server that stops closes its links.
    if (!streams.signal.aborted) print(toExcerpt(formatLinkChange(change)))
  }
  const herd = await startHerd(topology, [name], options, streams, { onLink, print })
  if (!herd) return EXIT.done
  const { addresses, httpAddresses } = herd
  const where = formatList(formatAddresses(addresses.get(name)))
  const http = formatList(formatAddresses(httpAddresses.get(name)))
  const andHttp = http === '' ? '' : `, for HTTP on ${http}`
  print(`${name} listens on ${where}${andHttp}, log in ${logPlace(options, name)}`)
  await untilAborted(streams)
  // Each server has reported what it could not save.
  return (await herd.stopAll()) > 0 ? EXIT.failed : EXIT.done
}

/** A change of a link, as seen by its server in this process. */
export function formatLinkChange({ neighbour, what, why }: LinkNews): string {
  const end = isEngine(neighbour) ? `the engine ${neighbour}` : neighbour
  switch (what) {
    case 'up':
      return why === '' ? `linked to ${end}` : `linked to ${end}, but ${why}`
    case 'lost':
      return `lost the link to ${end}: ${why}`
    case 'flapping':
      return `the link to ${end} is flapping: ${why}`
    case 'unreachable':
      return `cannot reach ${end} yet: ${why}; retrying`
  }
}
