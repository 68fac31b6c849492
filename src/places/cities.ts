import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { around } from 'geokdbush'
import KDBush from 'kdbush'

/** A city as GeoNames knows it; `region` says where that is, such as `CA, United States`. */
export interface City {
  readonly id: number
  readonly name: string
  readonly region: string
  readonly latitude: number
  readonly longitude: number
}

/** Finds at most `most` cities within a radius, the nearest first. */
export type FindCities = (latitude: number, longitude: number, most: number, radiusKm: number) => City[]

/** Where the build puts the cities: the same folder, seen from the sources and from what is built of them. */
export const CITIES_FOLDER = fileURLToPath(new URL('../../dist/cities/', import.meta.url))

// The kd-tree as it lies in memory; each city as a JSON array, one behind the other; and at which byte each of these ends.
const TREE = 'tree.bin'
const RECORDS = 'records.json'
const ENDS = 'ends.bin'

type CityRecord = [id: number, name: string, region: string, latitude: number, longitude: number]

/** Writes cities so that `readCities` has nothing to build. Who reads the folder meanwhile still gets whole files. */
export async function writeCities(folder: string, cities: readonly City[]): Promise<void> {
  const tree = new KDBush(cities.length)
  const records: Buffer[] = []
  const ends = new Uint32Array(cities.length)
  let end = 0
  for (const [index, { id, name, region, latitude, longitude }] of cities.entries()) {
    tree.add(longitude, latitude)
    const record = Buffer.from(JSON.stringify([id, name, region, latitude, longitude] satisfies CityRecord))
    records.push(record)
    end += record.length
    ends[index] = end
  }
  await mkdir(folder, { recursive: true })
  await replace(join(folder, TREE), new Uint8Array(tree.finish().data))
  await replace(join(folder, RECORDS), Buffer.concat(records))
  await replace(join(folder, ENDS), new Uint8Array(ends.buffer))
}

/** Reads what `writeCities` wrote, 135,000 cities in some milliseconds. Rejects when a file cannot be read. */
export async function readCities(folder: string): Promise<FindCities> {
  const treeBytes = await readFile(join(folder, TREE))
  const records = await readFile(join(folder, RECORDS))
  const endBytes = await readFile(join(folder, ENDS))
  // Copies, because the numbers in them must lie at the start of their memory, and what was read need not.
  const tree = KDBush.from(new Uint8Array(treeBytes).buffer)
  const ends = new Uint32Array(new Uint8Array(endBytes).buffer)
  // The first begins where none ends: `subarray` takes undefined for 0.
  const cityAt = (index: number): City => {
    const record = records.subarray(ends[index - 1], ends[index]).toString()
    const [id, name, region, latitude, longitude] = JSON.parse(record) as CityRecord
    return { id, name, region, latitude, longitude }
  }
  return (latitude, longitude, most, radiusKm) =>
    around(tree, longitude, latitude, most, radiusKm).map(cityAt)
}

async function replace(path: string, bytes: Uint8Array): Promise<void> {
  await writeFile(`${path}.new`, bytes)
  await rename(`${path}.new`, path)
}
