import type { Flood } from '../flood/flood.js'
import type { Outbox } from '../flood/outbox.js'
import type { Log } from '../log/file.js'
import type { PeerLog } from '../log/together.js'
import type { LinkEvents } from '../net/link-options.js'
import { type ByteWriter, LF } from '../protocol/bytes.js'
import { parseCommand, type Command } from '../protocol/command.js'
import type { Line } from '../protocol/lines.js'
import { writeSync } from '../protocol/sync.js'
import { writeTree } from '../protocol/tree.js'
import { logLine, logLines, refused } from './heard.js'
import { Syncing } from './syncing.js'

export interface NeighbourParts {
  readonly neighbour: string
  readonly flood: Flood
  readonly log: Log
  /** There may be something to tell neighbours, which must be done soon. */
  readonly due: () => void
  readonly tell: (what: 'up' | 'lost' | 'unreachable', why: string) => void
}

/** What a server does about one neighbour: hears its reports, tells it ours, and compares digests with it now and then. */
export function neighbourEvents(parts: NeighbourParts): LinkEvents {
  const { neighbour, flood, log, due, tell } = parts
  const lines = log.peer('neighbour', neighbour)
  const syncing = new Syncing(parts)
  return {
    up: (isProxyherd, why) => {
      flood.linkUp(neighbour, isProxyherd ? 'proxyherd' : 'plain')
      if (isProxyherd) syncing.begun()
      tell('up', why)
    },
    ahead: (lines) => {
      flood.foresee(lines)
    },
    heard: (line) => {
      const command = hear(line, parts, lines)
      if (command.kind === 'sync') syncing.hear(command.message)
      if (command.kind === 'greeting') syncing.begun()
    },
    turnOver: due,
    take: (most, out) => {
      const start = out.length
      const taken = flood.take(neighbour, most, writing(out))
      logLines(lines, out.bytes.subarray(start, out.length))
      return taken
    },
    down: (why) => {
      syncing.stop()
      flood.linkDown(neighbour)
      // Others are asked for what it has brought.
      due()
      tell('lost', why)
    },
    unreachable: (why) => {
      tell('unreachable', why)
    },
  }
}

// A neighbour is never answered a mistake: two servers that answered each other's would never stop.
function hear(line: Line, { neighbour, flood, log }: NeighbourParts, lines: PeerLog | undefined): Command {
  const command = parseCommand(line)
  if (command.kind !== 'ping') logLine(lines, line)
  switch (command.kind) {
    case 'ping':
      break
    case 'at':
      flood.hear(command.report, neighbour)
      break
    case 'late':
      flood.hearLate(command.report, neighbour)
      break
    case 'sync':
      break
    case 'tree':
      flood.hearTree(command.message, neighbour)
      break
    case 'greeting':
      // One that we took for another kind was only held up.
      flood.linkUp(neighbour, 'proxyherd')
      break
    case 'malformed':
      log.write(refused(neighbour, line, command.why))
      break
    case 'iamat':
    case 'whatsat':
    case 'status':
      log.write(refused(neighbour, line, 'this is what clients say to servers'))
  }
  return command
}

/** Writes the lines that say messages on a link. */
export function writing(out: ByteWriter): Outbox {
  return {
    report: ({ bytes, start, end }, isLate) => {
      if (isLate) out.text('LATE ')
      out.copy(bytes, start, end)
      out.byte(LF)
    },
    sync: (message) => {
      writeSync(out, message)
      out.byte(LF)
    },
    tree: (message) => {
      writeTree(out, message)
      out.byte(LF)
    },
  }
}
