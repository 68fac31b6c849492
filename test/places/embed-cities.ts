import t from 'tap'
import { CITIES_FOLDER, readCities } from '../../src/places/cities.js'

void t.test('the build writes the cities where servers read them', async (t) => {
  await import('../../src/places/embed-cities.js')
  const find = await readCities(CITIES_FOLDER)
  const known = [
    { id: 5408522, name: 'Westwood', region: 'CA, United States', latitude: 34.05612, longitude: -118.43063 },
    { id: 2657896, name: 'Zürich', region: 'ZH, Switzerland', latitude: 47.36667, longitude: 8.55 },
    { id: 2198148, name: 'Suva', region: 'Fiji', latitude: -18.14161, longitude: 178.44149 },
  ]
  for (const city of known) t.same(find(city.latitude, city.longitude, 1, 0), [city], city.name)
  t.equal(find(0, 0, 200_000, 20_100).length, 135_233, 'all of them')
})
