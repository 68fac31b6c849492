import { fieldText, isDecimalUpTo } from './line-fields.js'
import { textOf, type Line } from './lines.js'
import { malformed, type Malformed } from './malformed.js'
import { geoPointIn, isPosition, type GeoPoint } from './position.js'

/** The most clients that one watcher may name: as many as a usual line or URL has room for. */
export const MAX_WATCHED_IDS = 100

/** White space of the protocol. */
const WHITE_SPACE = /[\t\n\v\f\r ]+/

/** A `WATCH`: of clients, with IDs as latin1 text, or of a circle. */
export type WatchCommand =
  | { readonly kind: 'watch'; readonly what: 'clients'; readonly ids: readonly string[] }
  | { readonly kind: 'watch'; readonly what: 'circle'; readonly center: GeoPoint; readonly radiusM: number }

/** Parses a `WATCH`. It is one of a circle if its first field is a position and it has two. `mostKm` is the largest radius. */
export function parseWatch(line: Line, mostKm: number): WatchCommand | Malformed {
  const { bytes } = line
  if (line.fieldCount === 1) return malformed('WATCH takes clients, or a position and a radius')
  const [start, end] = [line.fieldStart(1), line.fieldEnd(1)]
  if (line.fieldCount === 3 && isPosition(bytes, start, end)) {
    if (!isDecimalUpTo(line, 2, mostKm))
      return malformed(`radius "${fieldText(line, 2)}" is outside 0 to ${mostKm} km`)
    const radiusM = 1_000 * Number(fieldText(line, 2))
    return { kind: 'watch', what: 'circle', center: geoPointIn(bytes, start, end), radiusM }
  }
  const ids = new Set(
    textOf(line)
      .split(WHITE_SPACE)
      .filter((field) => field !== '')
      .slice(1),
  )
  if (ids.size > MAX_WATCHED_IDS)
    return malformed(`WATCH takes at most ${MAX_WATCHED_IDS} clients, not ${ids.size}`)
  return { kind: 'watch', what: 'clients', ids: [...ids] }
}
