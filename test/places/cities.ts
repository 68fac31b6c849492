import { readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import t from 'tap'
import { readCities, writeCities, type City } from '../../src/places/cities.js'

const cities: City[] = [
  { id: 1, name: 'Elmford', region: 'CA, Quinceland', latitude: 34.06, longitude: -118.44 },
  { id: 2, name: 'Löwenau', region: 'Quinceland', latitude: 34.07, longitude: -118.44 },
  { id: 3, name: 'Datum East', region: 'Fiji', latitude: -16.8, longitude: 179.99 },
  { id: 4, name: 'Datum West', region: 'Fiji', latitude: -16.8, longitude: -179.98 },
  { id: 5, name: 'Polar Station', region: 'Arctic', latitude: 89.9, longitude: 100 },
]

const searches = [
  {
    title: 'the nearest first',
    at: [34.061, -118.44],
    most: 20,
    radiusKm: 10,
    found: ['Elmford', 'Löwenau'],
  },
  { title: 'no more than wanted', at: [34.066, -118.44], most: 1, radiusKm: 10, found: ['Löwenau'] },
  { title: 'none beyond the radius', at: [34.06, -118.44], most: 20, radiusKm: 1, found: ['Elmford'] },
  { title: 'a radius of 0, in a city', at: [34.06, -118.44], most: 20, radiusKm: 0, found: ['Elmford'] },
  { title: 'a radius of 0, beside it', at: [34.0601, -118.44], most: 20, radiusKm: 0, found: [] },
  {
    title: 'both sides of the antimeridian, from the east',
    at: [-16.8, 180],
    most: 20,
    radiusKm: 50,
    found: ['Datum East', 'Datum West'],
  },
  {
    title: 'both sides of the antimeridian, from the west',
    at: [-16.8, -180],
    most: 20,
    radiusKm: 50,
    found: ['Datum East', 'Datum West'],
  },
  {
    title: 'the pole, where longitudes meet',
    at: [90, -80],
    most: 20,
    radiusKm: 50,
    found: ['Polar Station'],
  },
  { title: 'the other pole, where nobody is', at: [-90, 0], most: 20, radiusKm: 50, found: [] },
] as const

void t.test('cities that were written are read back unchanged', async (t) => {
  const folder = join(t.testdir(), 'cities')
  await writeCities(folder, cities)
  const find = await readCities(folder)
  for (const city of cities) t.same(find(city.latitude, city.longitude, 1, 0), [city], city.name)
})

void t.test('cities are found on the sphere', async (t) => {
  const folder = t.testdir()
  await writeCities(folder, cities)
  const find = await readCities(folder)
  for (const { title, at, most, radiusKm, found } of searches) {
    const [latitude, longitude] = at
    const names = find(latitude, longitude, most, radiusKm).map(({ name }) => name)
    t.same(names, found, title)
  }
})

void t.test('written again, cities replace the previous ones and leave no other files', async (t) => {
  const folder = t.testdir()
  await writeCities(folder, cities)
  const files = await readdir(folder)
  await writeCities(folder, cities.slice(1))
  t.same(await readdir(folder), files)
  const find = await readCities(folder)
  t.equal(find(34.06, -118.44, 1, 10)[0]?.name, 'Löwenau')
})

for (const file of ['tree.bin', 'records.json', 'ends.bin'])
  void t.test(`without ${file} reading fails`, async (t) => {
    const folder = t.testdir()
    await writeCities(folder, cities)
    await rm(join(folder, file))
    await t.rejects(readCities(folder), { code: 'ENOENT' })
  })
