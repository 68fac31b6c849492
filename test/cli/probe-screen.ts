import t from 'tap'
import type { ProbedServer } from '../../src/cli/herd-probe.js'
import { openProbeScreen } from '../../src/cli/probe-screen.js'

import { anyPorts } from '../fixtures/herd.js'
import { asked, DIGEST, standing, upLink } from '../fixtures/status.js'
import { Screen } from '../fixtures/terminal.js'

const OTHER = 'f'.repeat(16)
const TOPOLOGY = anyPorts({ servers: ['Elm', 'Oak'], links: [['Elm', 'Oak']] })

/** By server, the `inSync` of its links to Oak and Elm, as JSON for programs shows it. */
async function linksInSync(servers: readonly ProbedServer[]): Promise<unknown> {
  const stdout = new Screen(false)
  const screen = await openProbeScreen({ isWatch: false, json: true }, TOPOLOGY, { stdout, env: {} })
  screen.show({ time: new Date(), servers, rounds: 1 })
  const shown = JSON.parse(stdout.text) as {
    servers: { status?: { links: { inSync?: boolean | null }[] } }[]
  }
  return shown.servers.map(({ status }) => status?.links.map(({ inSync }) => inSync))
}

t.test('as JSON, a link is in sync exactly if the digests of its ends are equal', async (t) => {
  // Both tables have changed since the servers last compared them.
  const server = (name: string, neighbour: string, digest: string, equal: boolean): ProbedServer =>
    asked(
      name,
      standing(name, { digest, links: [upLink(neighbour, { lastComparison: { secondsAgo: 20, equal } })] }),
    )
  const pair = (elm: string, oak: string, equal: boolean): Promise<unknown> =>
    linksInSync([server('Elm', 'Oak', elm, equal), server('Oak', 'Elm', oak, equal)])
  t.same(await pair(DIGEST, DIGEST, false), [[true], [true]])
  t.same(await pair(DIGEST, OTHER, true), [[false], [false]])
  t.same(await linksInSync([server('Elm', 'Oak', DIGEST, true), asked('Oak', 'nobody listens')]), [
    [null],
    undefined,
  ])
  t.same(
    await linksInSync([asked('Elm', standing('Elm', { links: [{ neighbour: 'Oak', state: 'down' }] }))]),
    [[undefined]],
  )
})
