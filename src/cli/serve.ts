import { toExcerpt } from '../log/escape-text.js'
import { formatAddress } from '../net/connection.js'
import type { LinkNews } from '../server/server-options.js'
import { listed } from '../topology/words.js'
import { EXIT } from './exit.js'
import { checkOptions, findTopology, serverOptions } from './options.js'
import { startHerd } from './start.js'
import { logPath } from './state.js'
import { untilAsked, type Streams } from './streams.js'

/** `proxyherd serve Clark`: one server, until it is asked to end. Gives the exit code. */
export async function serve(name: string, rawOptions: unknown, streams: Streams): Promise<number> {
  const options = checkOptions(serverOptions, rawOptions)
  const topology = await findTopology(options.topology)
  const say = (text: string): void => {
    streams.stdout.write(`${text}\n`)
  }
  const onLink = (news: LinkNews): void => {
    say(toExcerpt(linkWords(news)))
  }
  const herd = await startHerd(topology, [name], options, streams, { onLink, say })
  for (const addresses of herd.addresses.values()) {
    const where = listed(addresses.map(({ host, port }) => formatAddress(host, port)))
    say(`${name} listens on ${where}, log in ${logPath(options.state, name)}`)
  }
  await untilAsked(streams)
  // What could not be saved is told by the servers, each for itself.
  return (await herd.stopAll()) > 0 ? EXIT.failed : EXIT.done
}

/** What happened to a link, as the server at its near end sees it. */
export function linkWords({ neighbour, what, why }: LinkNews): string {
  switch (what) {
    case 'up':
      return why === '' ? `linked to ${neighbour}` : `linked to ${neighbour}, but ${why}`
    case 'lost':
      return `lost the link to ${neighbour}: ${why}`
    case 'unreachable':
      return `cannot reach ${neighbour} yet: ${why}; trying on`
  }
}
