import { PlacesError } from './provider.js'

/** A place in the form of the legacy Nearby Search. Unknown fields are omitted. */
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

/** The answer with these places, as latin1 text; `attributions` is HTML that must be shown with them. */
export function legacyAnswer(attributions: readonly string[], results: readonly LegacyPlace[]): string {
  const status = results.length === 0 ? 'ZERO_RESULTS' : 'OK'
  return format({ html_attributions: attributions, results, status })
}

/** An answer whose places are all cut off. */
export const LEGACY_NONE = format({ html_attributions: [], results: [], status: 'OK' })

/** An answer that says why there are no places. */
export function legacyFailure(words: string): string {
  return format({ error_message: words, html_attributions: [], results: [], status: 'UNKNOWN_ERROR' })
}

/** The statuses of successful answers. */
const SUCCESSES = ['OK', 'ZERO_RESULTS']

/** The other documented statuses. Only these are passed on to clients. */
const REFUSALS = [
  'INVALID_REQUEST',
  'NOT_FOUND',
  'OVER_DAILY_LIMIT',
  'OVER_QUERY_LIMIT',
  'REQUEST_DENIED',
  'UNKNOWN_ERROR',
]

/**
 * Whether a parsed answer is a refusal. An answer with neither a status nor an error message is not, because some services with the
 * same interface send no status.
 */
export function isRefusal(answer: object): boolean {
  const { status, error_message: message } = answer as LegacyError
  return !SUCCESSES.includes(status as string) && (status !== undefined || message !== undefined)
}

/** The error that a decoded and parsed refusal stands for. */
export function refusalError(answer: object): PlacesError {
  const { status, error_message: message } = answer as LegacyError
  const known = REFUSALS.find((refusal) => refusal === status) ?? 'unknown status'
  const written = [status, message].filter((each) => typeof each === 'string')
  return new PlacesError(`refused the request (${known})`, written.join(': '))
}

interface LegacyError {
  readonly status?: unknown
  readonly error_message?: unknown
}

// Three spaces, as the service indents.
function format(answer: object): string {
  return Buffer.from(JSON.stringify(answer, null, 3)).toString('latin1')
}
