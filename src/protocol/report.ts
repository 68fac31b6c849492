import { formatSkew, type Instant } from './time.js'

/** Where and when a client said it was, as one server heard it. */
export interface Report {
  /** Any run of bytes that are not white space, as latin1 text. */
  readonly client: string
  /** ISO 6709, as the client typed it. */
  readonly position: string
  /** The client's own time. */
  readonly instant: Instant
  /** The whole `AT` line without its line end: what clients are answered and servers tell each other. */
  readonly line: string
}

/** The six fields of an `AT` line after its `AT`, each as it stands in the line. */
export interface ReportFields {
  /** The server that heard the client. */
  readonly server: string
  /** That server's clock minus the client's time, in seconds. */
  readonly skew: string
  readonly client: string
  readonly position: string
  readonly time: string
}

/** What a client says of itself in an `IAMAT`; `time` holds the digits as typed, `instant` what they mean. */
export interface Sighting {
  readonly client: string
  readonly position: string
  readonly time: string
  readonly instant: Instant
}

/** The report that `server` makes of a client's sighting heard at `receivedAt`. */
export function reportOf(sighting: Sighting, server: string, receivedAt: Instant): Report {
  const skew = formatSkew(receivedAt, sighting.instant)
  return makeReport({ server, skew, ...sighting }, sighting.instant)
}

/** A report from the fields of its `AT` line and the instant that its `time` field means. */
export function makeReport(fields: ReportFields, instant: Instant): Report {
  const { server, skew, client, position, time } = fields
  const line = ['AT', server, skew, client, position, time].join(' ')
  // Slices of the fresh line, not the fields that came in: those are slices of a whole network read, and one of them in
  // the table would keep all of it in memory.
  const clientAt = 'AT '.length + server.length + 1 + skew.length + 1
  const positionAt = clientAt + client.length + 1
  return {
    client: line.slice(clientAt, positionAt - 1),
    position: line.slice(positionAt, positionAt + position.length),
    instant,
    line,
  }
}
