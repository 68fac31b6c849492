import type { WatchEvent } from '../near/watch.js'
import { toBytes } from '../protocol/bytes.js'
import { reportIn } from '../protocol/report.js'
import { eventId } from './event-parameters.js'
import { reportJson, type ReportJson } from './report-json.js'

/** The data of an event. */
export type EventJson =
  { readonly server: string } | (ReportJson & { readonly distanceMetres?: number; readonly skipped: number })

/** The server that sends events. */
export interface EventSource {
  readonly server: string
  readonly run: string
}

/** The text of an event in a stream of server-sent events. */
export function formatEvent(event: WatchEvent, { server, run }: EventSource): string {
  const { kind, position } = event
  // An empty ID makes a browser forget the one that it has.
  const id = kind === 'reset' ? 'id\n' : position === undefined ? '' : idLine(run, position)
  return `event: ${kind}\n${id}data: ${JSON.stringify(dataOf(event, server))}\n\n`
}

/** A block that is no event, but tells the reader a position. */
export function formatPosition(run: string, position: number): string {
  return `${idLine(run, position)}\n`
}

function idLine(run: string, position: number): string {
  return `id: ${eventId(run, position)}\n`
}

// Most often, many readers are sent the same report one after the other.
let last: { readonly line: string; readonly report: ReportJson } | undefined

function dataOf({ line, distanceM, skipped }: WatchEvent, server: string): EventJson {
  if (!line) return { server }
  if (last?.line !== line) last = { line, report: reportJson(reportIn(toBytes(line), 0, line.length)) }
  const { report } = last
  return {
    ...report,
    ...(distanceM !== undefined && { distanceMetres: Math.round(1_000 * distanceM) / 1_000 }),
    skipped,
  }
}
