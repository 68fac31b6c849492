import type { Watch, WatchEvent } from '../near/watch.js'
import type { LineSink } from '../net/session.js'
import type { Access } from '../net/token-rights.js'
import { ByteWriter, LF, toBytes } from '../protocol/bytes.js'
import type { WatchCommand } from '../protocol/watch-command.js'
import type { WatchReader } from './watch-streams.js'

/** What a `WATCH` is sent of a circle: all reports in it, and the one that shows that a client has left it. */
const DETECT: Watch['detect'] = new Set(['enter', 'inside', 'exit'])

/** What a `WATCH` watches. `access` is what its token allows, which may change. */
export function watchOf(command: WatchCommand, access: Access): Watch {
  const rest = { detect: DETECT, mayRead: readableIn(access) }
  if (command.what === 'clients') return { target: { kind: 'clients', ids: command.ids }, ...rest }
  const { center, radiusM } = command
  return { target: { kind: 'area', area: { kind: 'circle', center, radiusM } }, ...rest }
}

/** Says which clients a token allows to see at the moment, by the latin1 text of their IDs. */
export function readableIn(access: Access): (id: string) => boolean {
  return (id) => access.reads === 'all' || access.mayRead(toBytes(id))
}

// The lines of one turn. All streams share it, since no turn is suspended halfway.
const out = new ByteWriter()

/** Sends the reports of events as `AT` lines. There is no line for a client that is gone. */
export function lineReader(sink: LineSink): WatchReader {
  return {
    send: (events) => {
      for (const event of events) writeLine(event)
      return out.length === 0 || sink.send(out.take())
    },
  }
}

function writeLine({ kind, line }: WatchEvent): void {
  if (!line || kind === 'forgotten' || kind === 'expired') return
  out.text(line)
  out.byte(LF)
}
