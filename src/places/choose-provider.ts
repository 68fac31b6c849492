import { PersonError } from '../person-error.js'
import { embedded } from './embedded.js'
import type { PlacesProvider } from './provider.js'
import { proxyFor } from './proxy-for.js'

/** A service, a URL in place of its usual one, and its API key. */
export interface PlacesChoice {
  readonly name?: 'embedded' | 'google' | 'google-new' | 'osm' | undefined
  readonly url?: string | undefined
  readonly key?: string | undefined
  /** The environment, which may name proxies. */
  readonly env?: Readonly<Record<string, string | undefined>>
}

/** The usual URLs of the services. */
const URLS = {
  google: 'https://maps.googleapis.com/maps/api/place/nearbysearch/json',
  'google-new': 'https://places.googleapis.com/v1/places:searchNearby',
  osm: 'https://overpass-api.de/api/interpreter',
}

/** The public Overpass servers give each address two slots, and refuse a third query. */
const OVERPASS_SLOTS = 2

/**
 * The chosen provider; without a name, Google if there is a key, else the built-in cities. What it needs is loaded at the first look-up, since
 * many servers never make one. Throws a PersonError.
 */
export function chooseProvider({ name, url: otherUrl, key, env = {} }: PlacesChoice): PlacesProvider {
  const chosen = name ?? (key === undefined ? 'embedded' : 'google')
  if (chosen === 'embedded') {
    if (otherUrl !== undefined)
      throw new PersonError(
        'the places service "embedded" has no URL',
        'name the service at that URL with --places',
      )
    return embedded()
  }
  const url = otherUrl ?? URLS[chosen]
  const proxy = proxyFor(new URL(url), env)
  if (chosen === 'osm')
    return whenAsked({ name: chosen, maxCalls: OVERPASS_SLOTS }, async () =>
      (await import('./osm.js')).osm(url, proxy),
    )
  const knownKey = requireKey(key, chosen)
  return whenAsked({ name: chosen }, async () =>
    chosen === 'google'
      ? (await import('./google.js')).google(knownKey, url, proxy)
      : (await import('./google-new.js')).googleNew(knownKey, url, proxy),
  )
}

/** A provider that is loaded when it is first asked. */
function whenAsked(
  traits: Omit<PlacesProvider, 'nearby'>,
  load: () => Promise<PlacesProvider>,
): PlacesProvider {
  let loaded: Promise<PlacesProvider> | undefined
  return {
    ...traits,
    nearby: async (query, signal) => (await (loaded ??= load())).nearby(query, signal),
  }
}

function requireKey(key: string | undefined, service: string): string {
  if (key) return key
  throw new PersonError(
    `the places service "${service}" needs an API key`,
    'set GOOGLE_PLACES_API_KEY, or name a file that holds the key with --places-key-file',
  )
}
