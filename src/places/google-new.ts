import * as z from 'zod/mini'
import { MAX_ITEMS } from '../protocol/command.js'
import { fetchJson } from './fetch.js'
import { legacyAnswer, type LegacyPlace } from './legacy-answer.js'
import type { PlacesProvider, PlacesQuery } from './provider.js'
import { readablePlaces } from './readable-places.js'
import { redactor } from './redact.js'

/** The service sends and bills exactly these fields; a request must name them. */
const FIELDS = [
  'id',
  'displayName',
  'location',
  'types',
  'shortFormattedAddress',
  'businessStatus',
  'rating',
  'userRatingCount',
]
const FIELD_MASK = FIELDS.map((field) => `places.${field}`).join()

// JSON of Protocol Buffers omits default values: an empty list, and a coordinate of exactly 0.
const degrees = z._default(z.number(), 0)
const placeSchema = z.object({
  id: z.string(),
  displayName: z.object({ text: z.string() }),
  location: z.object({ latitude: degrees, longitude: degrees }),
  types: z._default(z.array(z.string()), []),
  shortFormattedAddress: z.optional(z.string()),
  businessStatus: z.optional(z.string()),
  rating: z.optional(z.number()),
  userRatingCount: z.optional(z.number()),
})
const answerSchema = z.union([
  z.object({ places: readablePlaces(placeSchema) }),
  // The answer when there are no places. Anything else without places is an error, whatever its status.
  z.pipe(
    z.strictObject({}),
    z.transform(() => ({ places: [] })),
  ),
])

/** Google Places' Nearby Search (New). Its answer is converted to the legacy form. */
export function googleNew(key: string, url: string, proxy?: URL): PlacesProvider {
  const redact = redactor(key)
  return {
    name: 'google-new',
    async nearby(query, signal) {
      const headers = { 'X-Goog-Api-Key': key, 'X-Goog-FieldMask': FIELD_MASK }
      const request = { method: 'POST', headers, json: searchRequest(query), redact, proxy } as const
      const { places } = await fetchJson(answerSchema, new URL(url), request, signal)
      return legacyAnswer([], places.map(toLegacy))
    },
  }
}

function searchRequest({ position, radiusKm }: PlacesQuery): object {
  const center = { latitude: Number(position.latitude), longitude: Number(position.longitude) }
  // The service refuses a radius of 0, so the smallest is a metre.
  const radius = Math.max(1, Math.round(radiusKm * 1_000))
  return {
    maxResultCount: MAX_ITEMS,
    rankPreference: 'DISTANCE',
    locationRestriction: { circle: { center, radius } },
  }
}

function toLegacy(place: z.infer<typeof placeSchema>): LegacyPlace {
  return {
    business_status: place.businessStatus,
    geometry: { location: { lat: place.location.latitude, lng: place.location.longitude } },
    name: place.displayName.text,
    place_id: place.id,
    rating: place.rating,
    types: place.types,
    user_ratings_total: place.userRatingCount,
    vicinity: place.shortFormattedAddress,
  }
}
