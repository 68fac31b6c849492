import { setImmediate as nextTurn } from 'node:timers/promises'
import pLimit from 'p-limit'
import { MAX_ITEMS } from '../protocol/command.js'
import { CITIES_FOLDER, readCities, type City, type FindCities } from './cities.js'
import { LEGACY_NONE, legacyAnswer, type LegacyPlace } from './legacy-answer.js'
import { PlacesError, type PlacesProvider } from './provider.js'

const ATTRIBUTION =
  'Cities from <a href="https://www.geonames.org/">GeoNames</a>, ' +
  '<a href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>'

/** A look-up takes about a millisecond of CPU, so other work gets a turn after this many. */
const LOOK_UPS_PER_TURN = 4

/** The built-in cities of the world, nearest first. They are read at the first query. */
export function embedded(folder: string = CITIES_FOLDER): PlacesProvider {
  let cities: Promise<FindCities> | undefined
  const turn = pLimit(LOOK_UPS_PER_TURN)
  return {
    name: 'embedded',
    none: LEGACY_NONE,
    async nearby({ position, radiusKm }) {
      const find = await (cities ??= readCities(folder)).catch(() => {
        cities = undefined
        throw new PlacesError('cannot read its cities, which "npm run build" writes to dist/cities')
      })
      await turn(() => nextTurn())
      const found = find(Number(position.latitude), Number(position.longitude), MAX_ITEMS, radiusKm)
      return legacyAnswer([ATTRIBUTION], found.map(toLegacy))
    },
  }
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
