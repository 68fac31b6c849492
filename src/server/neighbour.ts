import type { Flood, Message } from '../flood/flood.js'
import type { Log } from '../log/file.js'
import type { LinkEvents } from '../net/link.js'
import type { Command } from '../protocol/command.js'
import type { Line } from '../protocol/lines.js'
import type { Report } from '../protocol/report.js'
import { formatSync } from '../protocol/sync.js'
import { Comparing } from './comparing.js'
import { commandIn, refused, shorten, textOf } from './heard.js'

export interface NeighbourParts {
  readonly neighbour: string
  readonly flood: Flood
  readonly log: Log
  /** Takes in a report that the neighbour has told. */
  readonly hear: (report: Report) => void
  /** Sends to all neighbours what they must be told. */
  readonly flush: () => void
  readonly tell: (what: 'up' | 'lost' | 'unreachable', why: string) => void
}

/** What a server does about one neighbour: hears its reports, tells it ours, and compares digests with it now and then. */
export function neighbourEvents(parts: NeighbourParts): LinkEvents {
  const { neighbour, flood, log, flush, tell } = parts
  const comparing = new Comparing(() => {
    flood.compare(neighbour)
    flush()
  })
  return {
    up: (isProxyherd, why) => {
      flood.linkUp(neighbour, isProxyherd ? 'proxyherd' : 'plain')
      if (isProxyherd) comparing.begun()
      tell('up', why)
    },
    heard: (lines) => {
      for (const line of lines) {
        const command = hear(line, parts)
        if (command.kind === 'sync' && command.message.kind === 'digest')
          comparing.settled(flood.inSync(neighbour) === true)
        if (command.kind === 'greeting') comparing.begun()
      }
      flush()
    },
    take: (most) => {
      const lines = flood.take(neighbour, most).map(lineOf)
      for (const line of lines)
        log.write({ kind: 'out', peer: 'neighbour', who: neighbour, line: shorten(line) })
      return lines
    },
    down: (why) => {
      comparing.stop()
      flood.linkDown(neighbour)
      tell('lost', why)
    },
    unreachable: (why) => {
      tell('unreachable', why)
    },
  }
}

// A neighbour is never answered a mistake: two servers that answered each other's would never stop.
function hear(line: Line, { neighbour, flood, log, hear }: NeighbourParts): Command {
  const command = commandIn(line)
  if (command.kind === 'ping') return command
  log.write({ kind: 'in', peer: 'neighbour', who: neighbour, line: shorten(textOf(line)) })
  switch (command.kind) {
    case 'at':
      hear(command.report)
      break
    case 'sync':
      flood.hearSync(command.message, neighbour)
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

/** The line, without its line end, that says a message on a link. */
export function lineOf(message: Message): string {
  return message.kind === 'report' ? message.report.line : formatSync(message)
}
