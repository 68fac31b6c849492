import { distance } from 'geokdbush'
import * as z from 'zod/mini'
import { MAX_ITEMS } from '../protocol/command.js'
import type { Position } from '../protocol/position.js'
import { fetchJson } from './fetch.js'
import { legacyAnswer, type LegacyPlace } from './legacy-answer.js'
import { PlacesError, type PlacesProvider, type PlacesQuery } from './provider.js'
import { readablePlaces } from './readable-places.js'

const ATTRIBUTION = 'Data © OpenStreetMap contributors, ODbL 1.0'

/** The keys of places that people visit. Named elements without one of them are streets or borders. */
const KINDS = ['amenity', 'shop', 'tourism', 'leisure']

/**
 * The radii in metres that are tried first, from the smallest, until there are enough places. Overpass cannot sort by distance, and
 * listing everything within 50 km of a city takes longer than a client waits.
 */
const CIRCLES = [250, 1_000, 4_000, 16_000]

/** The most elements in an answer. Each circle has 16 times the area of the one before, which had fewer than 20 places. */
const MAX_ELEMENTS = 500

const pointSchema = z.object({ lat: z.number(), lon: z.number() })
const elementSchema = z.intersection(
  z.object({
    type: z.string(),
    id: z.number(),
    tags: z.catchall(z.object({ name: z.string() }), z.string()),
  }),
  z.union([pointSchema, z.object({ center: pointSchema })]),
)
const answerSchema = z.object({ elements: readablePlaces(elementSchema), remark: z.optional(z.string()) })

type Element = z.infer<typeof elementSchema>

/** OpenStreetMap through an Overpass API server. Its answer is converted to the legacy form and sorted by distance. */
export function osm(url: string, proxy?: URL): PlacesProvider {
  return {
    name: 'osm',
    async nearby(query, signal) {
      const request = { method: 'POST', form: { data: overpassQuery(query) }, proxy } as const
      const { elements, remark } = await fetchJson(answerSchema, new URL(url), request, signal)
      // Overpass has already sent status 200 when it runs out of time or memory, and the result is then incomplete.
      if (remark !== undefined && /error/i.test(remark)) throw new PlacesError(describe(remark), remark)
      const places = nearestFirst(elements.map(toLegacy), query.position)
      return legacyAnswer([ATTRIBUTION], places.slice(0, MAX_ITEMS))
    },
  }
}

function describe(remark: string): string {
  if (/timed out/i.test(remark)) return 'gave up on the query: it took too long'
  if (/out of memory/i.test(remark)) return 'gave up on the query: it ran out of memory'
  return 'gave up on the query'
}

function overpassQuery({ position, radiusKm }: PlacesQuery): string {
  const radius = Math.round(radiusKm * 1_000)
  const search = (metres: number) =>
    `nwr(around:${metres},${position.latitude},${position.longitude})[name][~"^(${KINDS.join('|')})$"~"."];`
  const [smallest, ...wider] = [...CIRCLES.filter((metres) => metres < radius), radius]
  return [
    '[out:json][timeout:5];',
    search(smallest),
    ...wider.map((metres) => `if (count(nwr) < ${MAX_ITEMS}) { ${search(metres)} }`),
    `out center ${MAX_ELEMENTS};`,
  ].join('\n')
}

function toLegacy(element: Element): LegacyPlace {
  const { type, id, tags } = element
  const { lat, lon } = 'center' in element ? element.center : element
  return {
    geometry: { location: { lat, lng: lon } },
    name: tags.name,
    place_id: `osm:${type}/${id}`,
    types: KINDS.flatMap((kind) => tags[kind] ?? []),
    vicinity: addressOf(tags),
  }
}

/** Such as `12 Quince Lane, Elmford`; unknown parts are omitted. */
function addressOf(tags: Element['tags']): string | undefined {
  const street = joined(' ', tags['addr:housenumber'], tags['addr:street'])
  return joined(', ', street, tags['addr:city'])
}

function joined(separator: string, ...parts: (string | undefined)[]): string | undefined {
  return parts.filter((part) => part !== undefined).join(separator) || undefined
}

function nearestFirst(places: LegacyPlace[], { latitude, longitude }: Position): LegacyPlace[] {
  const away = ({ geometry: { location } }: LegacyPlace) =>
    distance(Number(longitude), Number(latitude), location.lng, location.lat)
  return places.toSorted((a, b) => away(a) - away(b))
}
