import { fetchBody } from './fetch.js'
import type { PlacesProvider } from './provider.js'
import { redactor } from './redact.js'

/** Google Places' legacy Nearby Search. Its answer is passed on unchanged, except that the key is removed. */
export function google(key: string, url: string, proxy?: URL): PlacesProvider {
  const redact = redactor(key)
  return {
    name: 'google',
    async nearby({ position, radiusKm }, signal) {
      const ask = new URL(url)
      ask.searchParams.set('location', `${position.latitude},${position.longitude}`)
      ask.searchParams.set('radius', String(Math.round(radiusKm * 1_000)))
      ask.searchParams.set('key', key)
      return fetchBody(ask, { redact, proxy }, signal)
    },
  }
}
