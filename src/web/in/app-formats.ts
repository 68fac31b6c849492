import type { AppRequest, Incoming } from './incoming.js'
import { parseOsmand } from './osmand.js'
import { parseOverland } from './overland.js'
import { parseOwntracks } from './owntracks.js'
import { parseTraccar } from './traccar.js'

/** How apps of one kind report. */
export interface AppFormat {
  readonly methods: readonly ('GET' | 'POST')[]
  /** Never throws: an app's mistake is a value. */
  readonly parse: (request: AppRequest) => Incoming
}

/** The formats by their path below `/in/`. */
export const APP_FORMATS: ReadonlyMap<string, AppFormat> = new Map<string, AppFormat>([
  ['osmand', { methods: ['GET', 'POST'], parse: parseOsmand }],
  ['traccar', { methods: ['GET', 'POST'], parse: parseTraccar }],
  ['owntracks', { methods: ['POST'], parse: parseOwntracks }],
  ['overland', { methods: ['POST'], parse: parseOverland }],
])
