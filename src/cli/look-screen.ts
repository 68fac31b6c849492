import { escapeControlsInJson } from '../log/escape-text.js'
import { formatAddress } from '../net/connection.js'
import type { AnyLinkStatus } from '../net/status-probe.js'
import type { Topology } from '../topology/topology.js'
import type { Look } from './look.js'
import { showLook } from './show-look.js'
import { wantsColour, type Streams } from './streams.js'
import { judge } from './verdict.js'

/** Where looks at a herd are shown. */
export interface LookScreen {
  show(look: Look): void
  /** Leaves the last one where it is. */
  close(): void
}

export interface LookScreenOptions {
  /** Whether there is more than one look. */
  readonly isWatch: boolean
  readonly json: boolean
}

/** Shows looks as JSON, one a line; or else, on a terminal, each in the place of the one before; or else one below the other. */
export async function openLookScreen(
  { isWatch, json }: LookScreenOptions,
  topology: Topology,
  { stdout, env }: Streams,
): Promise<LookScreen> {
  if (json) return printer(stdout, (look) => `${escapeControlsInJson(lookJson(look))}\n`)
  const isColoured = wantsColour(stdout, env)
  const text = (look: Look): string => `${showLook(look, topology, isColoured)}\n`
  if (!isWatch) return printer(stdout, text)
  if (!stdout.isTTY || env['TERM'] === 'dumb') return printer(stdout, (look) => `${text(look)}\n`)
  const { createLogUpdate } = await import('log-update')
  // It would hide the cursor of the process, wherever that is, and leave it so if the process is killed.
  const render = createLogUpdate(stdout, { showCursor: true })
  return {
    show: (look) => {
      render(text(look))
    },
    close: () => {
      render.done()
    },
  }
}

function printer(stdout: Streams['stdout'], format: (look: Look) => string): LookScreen {
  return {
    show: (look) => {
      stdout.write(format(look))
    },
    close: () => undefined,
  }
}

/** A look as one JSON object: what servers have told is under `status`, and why one has not under `fault`. */
function lookJson(look: Look): string {
  const { inSync, words } = judge(look)
  const servers = look.servers.map(({ name, address: { host, port }, answer }) => {
    const server = { name, address: formatAddress(host, port) }
    if (answer.kind === 'failed') return { ...server, fault: answer.why }
    return { ...server, status: { ...answer.status, links: answer.status.links.map(linkJson) } }
  })
  return JSON.stringify({ time: look.time, inSync, verdict: words, rounds: look.rounds, servers })
}

function linkJson(link: AnyLinkStatus): object {
  return link.state === 'other' ? { neighbour: link.neighbour, state: link.stateWord } : link
}
