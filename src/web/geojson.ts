import type { WebRequest } from './web-route.js'

export const GEOJSON = 'application/geo+json'

/** Whether a request asks for GeoJSON. */
export function wantsGeoJson({ parameters, headers }: Pick<WebRequest, 'parameters' | 'headers'>): boolean {
  return parameters['f'] === 'geojson' || (headers.accept ?? '').includes(GEOJSON)
}
