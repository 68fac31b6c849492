import { PersonError } from '../person-error.js'
import { embedded } from './embedded.js'
import { googleNew } from './google-new.js'
import { google } from './google.js'
import { osm } from './osm.js'
import type { PlacesProvider } from './provider.js'

/** What a person may choose: a service, its URL in place of the usual one, and the key that it wants. */
export interface PlacesChoice {
  readonly name?: 'embedded' | 'google' | 'google-new' | 'osm' | undefined
  readonly url?: string | undefined
  readonly key?: string | undefined
}

/** The provider that was chosen; unless named, Google with a key, else the cities that ship. Throws a PersonError. */
export function chooseProvider({ name, url, key }: PlacesChoice): PlacesProvider {
  const chosen = name ?? (key === undefined ? 'embedded' : 'google')
  switch (chosen) {
    case 'embedded':
      if (url !== undefined)
        throw new PersonError(
          'the places service "embedded" has no URL',
          'name the service that is at that URL with --places',
        )
      return embedded()
    case 'google':
      return google(needed(key, chosen), url)
    case 'google-new':
      return googleNew(needed(key, chosen), url)
    case 'osm':
      return osm(url)
  }
}

function needed(key: string | undefined, service: string): string {
  if (key) return key
  throw new PersonError(
    `the places service "${service}" needs an API key`,
    'put it into GOOGLE_PLACES_API_KEY, or into a file and name that with --places-key-file',
  )
}
