import type { Greeting } from '../protocol/greeting.js'
import type { CallId } from './events.js'
import { MIN_SILENCE_MS, SILENT_CONNECT_TIMES, STEP_TIMEOUT_MS } from './limits.js'

/**
 * The phase of a call:
 * - `connecting`, `securing`: ours, not ready yet.
 * - `greeting`: ours; we have greeted and wait for the answer.
 * - `deferred`: ours; the neighbour has greeted back, but a call of its own, which has precedence, has been answered too.
 * - `held`: the neighbour's; our own call, which has precedence, is still being answered.
 * - `answered`: the neighbour's; we have greeted back, and its next line proves that it has not given up.
 * - `live`: the link is up on it.
 */
export type Phase = 'connecting' | 'securing' | 'greeting' | 'deferred' | 'held' | 'answered' | 'live'

/** One connection of a link. Times are milliseconds by the machine's clock. */
export interface Call {
  readonly id: CallId
  readonly by: 'us' | 'neighbour'
  phase: Phase
  /** When the phase began. */
  since: number
  /** When the phase ends by time. */
  dueAt: number
  /** How long it took to connect, and how long the neighbour took to answer our greeting. */
  connectMs: number
  answerMs: number
  /** The neighbour's greeting. */
  greeting: Greeting | undefined
  /** Whether a greeting of ours has been without answer for `silenceMs`. */
  isSilent: boolean
}

/** A new call at the start of a phase, which must end by `dueAt`. */
export function newCall(
  id: CallId,
  by: Call['by'],
  { phase, greeting }: Pick<Call, 'phase'> & Partial<Pick<Call, 'greeting'>>,
  now: number,
): Call {
  const dueAt = now + STEP_TIMEOUT_MS
  return { id, by, phase, since: now, dueAt, connectMs: 0, answerMs: 0, greeting, isSilent: false }
}

/** Starts another phase of a call, with a limited duration. */
export function enter(call: Call, phase: Phase, now: number, lastsMs: number): void {
  call.phase = phase
  call.since = now
  call.dueAt = now + lastsMs
}

/** A call of ours is connected, and TLS may follow. */
export function connected(call: Call, now: number): void {
  call.connectMs = now - call.since
  enter(call, 'securing', now, STEP_TIMEOUT_MS)
}

/** How long an unknown neighbour may take to send something, or to close the connection. */
export function silenceMs({ connectMs }: Call): number {
  return Math.min(STEP_TIMEOUT_MS, Math.max(MIN_SILENCE_MS, SILENT_CONNECT_TIMES * connectMs))
}

/** Whether the neighbour that made one call was started earlier than the one that made or answered another. */
export function isOlder({ greeting }: Call, other: Call | undefined): boolean {
  const [own, others] = [greeting?.incarnation, other?.greeting?.incarnation]
  return own !== undefined && others !== undefined && BigInt(own) < BigInt(others)
}
