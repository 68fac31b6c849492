import { Chance } from '../fixtures/chance.js'
import { SlowLink } from '../fixtures/slow-link.js'
import type { NetworkRequest, OpenedLink } from './network.js'

// The slow links of a Network, in their own process. It ends with the process that measures.
const links: SlowLink[] = []
let hasStalls = false

process.once('disconnect', () => process.exit())
process.on('message', (request: NetworkRequest) => {
  if (request.kind === 'open') void open(request)
  else {
    hasStalls = request.isOn
    for (const link of links) link.hasStalls = hasStalls
  }
})

async function open({ id, farPort, delayMs, seed }: NetworkRequest & { kind: 'open' }): Promise<void> {
  const link = await SlowLink.open({ farPort, delayMs, chance: new Chance(seed) })
  link.hasStalls = hasStalls
  links.push(link)
  const opened: OpenedLink = { id, port: link.port }
  process.send?.(opened)
}
