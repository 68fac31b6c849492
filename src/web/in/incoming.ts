/** A request from an app on a phone, to a path below `/in`. */
export interface AppRequest {
  /** What follows the `?` of the URL as it came, percent-encoded and with one character per byte. Empty if there is nothing. */
  readonly query: string
  /** With names in lower case, and values with one character per byte, as `node:http` gives them. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
  readonly body: Uint8Array
}

/** A position that an app reports. Every field is one that an `IAMAT` takes. */
export interface AppReport {
  /** The client ID, 1 to 4,096 bytes without white space. */
  readonly client: Uint8Array
  /** Signed decimal degrees in the app's own digits. Latitude and longitude, one after the other, are the position of an `IAMAT`. */
  readonly latitude: string
  readonly longitude: string
  /** POSIX seconds, perhaps with a fraction; undefined if the app sent no time and so means now. */
  readonly time: string | undefined
}

/** The successful response that an app needs before it forgets what it sent. */
export interface AppReply {
  /** Undefined if the body is empty. */
  readonly contentType: string | undefined
  readonly body: string
}

/** What is wrong with a request, in words for the person who set up the app. `why` may quote the request. */
export interface Fault {
  readonly kind: 'fault'
  /** The HTTP status. */
  readonly status: 400 | 413
  readonly why: string
}

/** What a request of an app holds. */
export type Incoming =
  | {
      readonly kind: 'reports'
      /** At least one, in the order of the request, which need not be that of time. */
      readonly reports: readonly AppReport[]
      /** What is wrong with the other locations of a batch. If it failed for them, the app would send the whole batch again for ever. */
      readonly refused: readonly Fault[]
      readonly reply: AppReply
    }
  /** A message without a position. It is answered like a report: apps repeat forever what is refused. */
  | { readonly kind: 'ignored'; readonly reply: AppReply }
  | Fault

/** Overland for Android sends up to 2,000 at once, Overland for iOS up to 1,000. */
export const MAX_LOCATIONS = 2_000

/** Longer texts are cut where a fault quotes them. */
const MAX_QUOTED_CHARS = 60

/** Makes a fault. */
export function fault(why: string, status: Fault['status'] = 400): Fault {
  return { kind: 'fault', status, why }
}

/** Whether a value is a fault. */
export function isFault(value: unknown): value is Fault {
  return typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'fault'
}

/** A text in quotes, for the words of a fault. */
export function quote(text: string): string {
  return `"${shorten(text)}"`
}

/** A text of a request as a fault shows it: cut if it is long. */
export function shorten(text: string): string {
  return text.length > MAX_QUOTED_CHARS ? `${text.slice(0, MAX_QUOTED_CHARS)}…` : text
}

/** Sums up the locations of a request: each a report, a fault, or undefined if it has no position. */
export function collect(locations: readonly (AppReport | Fault | undefined)[], reply: AppReply): Incoming {
  const reports: AppReport[] = []
  const refused: Fault[] = []
  for (const each of locations)
    if (isFault(each)) refused.push(each)
    else if (each) reports.push(each)
  if (reports.length > 0) return { kind: 'reports', reports, refused, reply }
  return refused[0] ?? { kind: 'ignored', reply }
}
