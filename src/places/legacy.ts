import { PlacesFault } from './provider.js'

/** A place as the legacy Nearby Search showed it, in its own words; what is not known is left out. */
export interface LegacyPlace {
  readonly business_status?: string | undefined
  readonly geometry: { readonly location: { readonly lat: number; readonly lng: number } }
  readonly name: string
  readonly place_id: string
  readonly rating?: number | undefined
  readonly types: readonly string[]
  readonly user_ratings_total?: number | undefined
  readonly vicinity?: string | undefined
}

/** The answer that holds these places, as latin1 text; `attributions` is HTML that must be shown with them. */
export function legacyAnswer(attributions: readonly string[], results: readonly LegacyPlace[]): string {
  const status = results.length === 0 ? 'ZERO_RESULTS' : 'OK'
  return format({ html_attributions: attributions, results, status })
}

/** The answer of which all places are cut off, were there any or not. */
export const LEGACY_NONE = format({ html_attributions: [], results: [], status: 'OK' })

/** The answer that says in words why there are no places. */
export function legacyFailure(words: string): string {
  return format({ error_message: words, html_attributions: [], results: [], status: 'UNKNOWN_ERROR' })
}

/** The statuses of answers that hold what was asked for. */
const GOOD = ['OK', 'ZERO_RESULTS']

/** The other statuses that the service documents: only these are passed on to clients. */
const REFUSALS = [
  'INVALID_REQUEST',
  'NOT_FOUND',
  'OVER_DAILY_LIMIT',
  'OVER_QUERY_LIMIT',
  'REQUEST_DENIED',
  'UNKNOWN_ERROR',
]

/**
 * Whether an answer that was parsed is a refusal. One with neither a status nor an error message is none: not every stand-in for the service
 * sends a status.
 */
export function isRefusal(answer: object): boolean {
  const { status, error_message: message } = answer as LegacyError
  return !GOOD.includes(status as string) && (status !== undefined || message !== undefined)
}

/** What is wrong, by a refusal that was decoded and parsed. */
export function refusalFault(answer: object): PlacesFault {
  const { status, error_message: message } = answer as LegacyError
  const known = REFUSALS.find((refusal) => refusal === status) ?? 'unknown status'
  const written = [status, message].filter((each) => typeof each === 'string')
  return new PlacesFault(`refused the request (${known})`, written.join(': '))
}

interface LegacyError {
  readonly status?: unknown
  readonly error_message?: unknown
}

// Three spaces, because the service indented so.
function format(answer: object): string {
  return Buffer.from(JSON.stringify(answer, null, 3)).toString('latin1')
}
