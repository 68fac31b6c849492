import { ByteWriter, toText } from '../protocol/bytes.js'
import { parseText } from '../protocol/command.js'
import { reportIn, type Sighting } from '../protocol/report.js'
import { NANOSECONDS_PER_SECOND, type Instant } from '../protocol/time.js'
import type { ClientRequests, Refusal } from '../server/client-requests.js'
import { reportJson, type ReportJson } from './report-json.js'

/** A report as a client makes it. */
export interface NewReport {
  readonly client: Uint8Array
  /** Signed decimal degrees. */
  readonly latitude: string
  readonly longitude: string
  /** POSIX seconds; undefined for now. */
  readonly time: string | undefined
}

/** What has become of it. */
export type Outcome =
  | { readonly kind: 'received'; readonly report: ReportJson; readonly isNewest: boolean }
  | { readonly kind: 'refused'; readonly why: Refusal }

/** Takes in a report as `IAMAT` does. It is on its way to the neighbours only after `ClientRequests.flushed`. */
export function putReport(requests: ClientRequests, who: string, report: NewReport): Outcome {
  const { client, latitude, longitude, time = timeNow(requests, client) } = report
  const sighting = sightingOf(`IAMAT ${toText(client)} ${latitude}${longitude} ${time}`)
  const why = requests.refusal(sighting)
  if (why) return { kind: 'refused', why }
  const out = new ByteWriter(2 * sighting.bytes.length)
  const isNewest = requests.receive(who, sighting, out)
  return { kind: 'received', report: reportJson(reportIn(out.bytes, 0, out.length)), isNewest }
}

/** The fields have been checked, so the line is right. */
function sightingOf(line: string): Sighting {
  return (parseText(line) as { readonly sighting: Sighting }).sighting
}

/** The server's clock; or just after the time of the report that the client has, if that is later: else the new report would lose. */
function timeNow(requests: ClientRequests, client: Uint8Array): string {
  const now = nanosecondsOf(requests.now)
  const held = requests.newest(client)
  const after = held ? heldNanoseconds(toText(held.bytes, held.time, held.end)) + 1n : 0n
  const time = after > now ? after : now
  const perSecond = BigInt(NANOSECONDS_PER_SECOND)
  return `${time / perSecond}.${String(time % perSecond).padStart(9, '0')}`
}

function nanosecondsOf({ seconds, nanoseconds }: Instant): bigint {
  return BigInt(seconds) * BigInt(NANOSECONDS_PER_SECOND) + BigInt(nanoseconds)
}

/** A time beyond what a double holds may come from another server. */
function heldNanoseconds(time: string): bigint {
  const [whole = '', fraction = ''] = time.split('.')
  return BigInt(whole + fraction.slice(0, 9).padEnd(9, '0'))
}
