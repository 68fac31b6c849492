import { TRANSITIONS, type Transition, type Watch, type WatchTarget } from '../near/watch.js'
import { toText } from '../protocol/bytes.js'
import { MAX_WATCHED_IDS } from '../protocol/watch-command.js'
import { readableIn } from '../server/watch-lines.js'
import { areaProblem, parseBox, parsePoint, parseRadiusKm } from './area-parameters.js'
import { parseAppClient } from './in/app-client.js'
import { isFault, quote } from './in/incoming.js'
import { parseRepeated } from './in/parameters.js'
import { isProblem, problem, type Problem } from './problem.js'
import type { WebRequest } from './web-route.js'

/** Each of these says what is watched. */
const TARGETS = ['client', 'near', 'bbox', 'around'] as const

/** What is detected at an area unless the request says otherwise. */
const DEFAULT_DETECT = 'enter,exit'

/** A part of a request that says what is watched. */
type Asked = Pick<WebRequest, 'parameters' | 'query' | 'headers' | 'access'> & { readonly run: string }

/** What a request for events watches. `run` is that of the server. */
export function parseWatch(asked: Asked): Watch | Problem {
  const target = parseTarget(asked)
  if (isProblem(target)) return target
  const { detect: words, superseded } = asked.parameters
  if (target.kind === 'clients' && words !== undefined)
    return areaProblem('detect', 'is only for "near", "bbox" and "around"')
  const detect = parseDetect(words ?? DEFAULT_DETECT)
  if (isProblem(detect)) return detect
  const mayRead = readableIn(asked.access)
  return { target, detect, mayRead, hasSuperseded: superseded === 'true', after: positionAfter(asked) }
}

/** The `id` of an event: the run of the server, and a position in its stream of changes. */
export function eventId(run: string, position: number): string {
  return `${run}-${position}`
}

function parseTarget({ parameters, query }: Asked): WatchTarget | Problem {
  const { near, bbox, around, radiusKm } = parameters
  const named = TARGETS.filter((name) => parameters[name] !== undefined)
  if (named.length !== 1)
    return problem(400, `a request for events needs one of ${TARGETS.join(', ')}, and only one`)
  const hasRadius = near !== undefined || around !== undefined
  if (hasRadius !== (radiusKm !== undefined))
    return areaProblem('radiusKm', hasRadius ? 'is missing' : 'is only for "near" and "around"')
  const radiusM = parseRadiusKm(radiusKm ?? '0')
  if (isProblem(radiusM)) return radiusM
  if (around !== undefined) {
    const id = parseId(around, 'around')
    return isProblem(id) ? id : { kind: 'around', id, radiusM }
  }
  if (near !== undefined) {
    const center = parsePoint(near)
    return isProblem(center) ? center : { kind: 'area', area: { kind: 'circle', center, radiusM } }
  }
  if (bbox === undefined) return parseIds(parseRepeated(query, 'client'))
  const box = parseBox(bbox)
  return isProblem(box) ? box : { kind: 'area', area: { kind: 'box', box } }
}

function parseIds(texts: readonly string[]): WatchTarget | Problem {
  const ids = [...new Set(texts)]
  if (ids.length > MAX_WATCHED_IDS)
    return areaProblem('client', `is given ${ids.length} times, more than ${MAX_WATCHED_IDS}`)
  const fault = ids.map((id) => parseId(id, 'client')).find(isProblem)
  return fault ?? { kind: 'clients', ids }
}

function parseId(text: string, parameter: string): string | Problem {
  const id = parseAppClient(text, `it is the value of "${parameter}"`)
  return isFault(id) ? areaProblem(parameter, `is wrong: ${id.why}`) : toText(id)
}

function parseDetect(words: string): ReadonlySet<Transition> | Problem {
  const detect = words.split(',')
  const unknown = detect.find((word) => !(TRANSITIONS as readonly string[]).includes(word))
  if (unknown === undefined) return new Set(detect as Transition[])
  return areaProblem('detect', `must have only ${TRANSITIONS.join(', ')}, not ${quote(unknown)}`)
}

/** The position that the reader has, if it is one of this run. */
function positionAfter({ headers, run }: Asked): number | undefined {
  const last = headers['last-event-id']
  const [, ofRun, position = ''] = /^([0-9]+)-([0-9]{1,15})$/.exec(String(last)) ?? []
  return ofRun === run ? Number(position) : undefined
}
