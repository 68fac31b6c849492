import { PersonError } from '../person-error.js'
import { embedded } from './embedded.js'
import { googleNew } from './google-new.js'
import { google } from './google.js'
import { osm } from './osm.js'
import type { PlacesProvider } from './provider.js'

/** A service, a URL in place of its usual one, and its API key. */
export interface PlacesChoice {
  readonly name?: 'embedded' | 'google' | 'google-new' | 'osm' | undefined
  readonly url?: string | undefined
  readonly key?: string | undefined
}

/** The chosen provider; without a name, Google if there is a key, else the built-in cities. Throws a PersonError. */
export function chooseProvider({ name, url, key }: PlacesChoice): PlacesProvider {
  const chosen = name ?? (key === undefined ? 'embedded' : 'google')
  switch (chosen) {
    case 'embedded':
      if (url !== undefined)
        throw new PersonError(
          'the places service "embedded" has no URL',
          'name the service at that URL with --places',
        )
      return embedded()
    case 'google':
      return google(requireKey(key, chosen), url)
    case 'google-new':
      return googleNew(requireKey(key, chosen), url)
    case 'osm':
      return osm(url)
  }
}

function requireKey(key: string | undefined, service: string): string {
  if (key) return key
  throw new PersonError(
    `the places service "${service}" needs an API key`,
    'set GOOGLE_PLACES_API_KEY, or name a file that holds the key with --places-key-file',
  )
}
