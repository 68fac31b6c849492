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

// Three spaces, because the service indented so.
function format(answer: object): string {
  return Buffer.from(JSON.stringify(answer, null, 3)).toString('latin1')
}
