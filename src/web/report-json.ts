import { isUtf8 } from 'node:buffer'
import { createHash } from 'node:crypto'
import { toText } from '../protocol/bytes.js'
import { parsePosition, type Position } from '../protocol/position.js'
import { clientOf, originOf, type Report } from '../protocol/report.js'

/** A client ID in JSON: text, or Base64 if its bytes are not UTF-8. */
export type IdJson = { readonly id: string } | { readonly idBase64: string }

/** A report in JSON. Numbers are text, which keeps all digits of the client. */
export type ReportJson = IdJson & {
  /** The server that received it from the client. */
  readonly server: string
  readonly skew: string
  readonly position: Position
  readonly time: string
}

/** What a list says of a client besides its report. */
export interface ListedJson {
  /** From the point that was asked for. */
  readonly distanceMetres?: number
  /** How far the time of the report is ahead of the server's clock. */
  readonly aheadSeconds?: string
}

/** A report as GeoJSON (RFC 7946). */
export interface FeatureJson {
  readonly type: 'Feature'
  /** The client ID, as far as it is UTF-8. */
  readonly id: string
  readonly geometry: { readonly type: 'Point'; readonly coordinates: readonly [number, number] }
  readonly properties: IdJson & Pick<ReportJson, 'server' | 'skew' | 'time'> & ListedJson
}

/** Converts a report to JSON. Keeps no reference to its bytes. */
export function reportJson(report: Report, listed: ListedJson = {}): ReportJson & ListedJson {
  const { bytes, start, client, position, time, end } = report
  const server = originOf(report)
  return {
    ...idJson(clientOf(report)),
    server,
    skew: toText(bytes, start + `AT ${server} `.length, client - 1),
    position: parsePosition(toText(bytes, position, time - 1)) as Position,
    time: toText(bytes, time, end),
    ...listed,
  }
}

/** Converts a report to GeoJSON. */
export function featureJson(report: Report, listed: ListedJson = {}): FeatureJson {
  const { position, server, skew, time, ...id } = reportJson(report)
  return {
    type: 'Feature',
    id: Buffer.from(clientOf(report)).toString(),
    geometry: { type: 'Point', coordinates: [Number(position.longitude), Number(position.latitude)] },
    properties: { ...id, server, skew, time, ...listed },
  }
}

/** The entity tag of a report in a format: equal on all servers that hold the report. */
export function reportTag({ bytes, start, end }: Report, format: string): string {
  const hash = createHash('sha256').update(bytes.subarray(start, end)).update(format)
  return `"${hash.digest('base64url').slice(0, 22)}"`
}

function idJson(client: Uint8Array): IdJson {
  const bytes = Buffer.from(client)
  return isUtf8(bytes) ? { id: bytes.toString() } : { idBase64: bytes.toString('base64') }
}
