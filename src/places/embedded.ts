import { MAX_ITEMS } from '../protocol/command.js'
import type { City, FindCities } from './cities.js'
import { LEGACY_NONE, legacyAnswer, type LegacyPlace } from './legacy-answer.js'
import { PlacesError, type PlacesProvider } from './provider.js'

const ATTRIBUTION =
  'Cities from <a href="https://www.geonames.org/">GeoNames</a>, ' +
  '<a href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>'

/** The built-in cities of the world, nearest first. They are read at the first query. */
export function embedded(folder?: string): PlacesProvider {
  let cities: Promise<FindCities> | undefined
  return {
    name: 'embedded',
    none: LEGACY_NONE,
    isLocal: true,
    async nearby({ position, radiusKm }) {
      const find = await (cities ??= load(folder)).catch(() => {
        cities = undefined
        throw new PlacesError('cannot read its cities, which "npm run build" writes to dist/cities')
      })
      const found = find(Number(position.latitude), Number(position.longitude), MAX_ITEMS, radiusKm)
      return legacyAnswer([ATTRIBUTION], found.map(toLegacy))
    },
  }
}

async function load(folder: string | undefined): Promise<FindCities> {
  // Imported only here, because many servers never look up a place.
  const { CITIES_FOLDER, readCities } = await import('./cities.js')
  return readCities(folder ?? CITIES_FOLDER)
}

function toLegacy({ id, name, region, latitude, longitude }: City): LegacyPlace {
  return {
    geometry: { location: { lat: latitude, lng: longitude } },
    name,
    place_id: `geonames:${id}`,
    types: ['locality', 'political'],
    vicinity: region,
  }
}
