import { STATUS_CODES, type IncomingHttpHeaders } from 'node:http'
import type { OptionsInit } from 'got'
import type * as z from 'zod/mini'
import { decodeBody } from './decode-body.js'
import { jsonFault } from './json-fault.js'
import { decodeAnswer, PlacesError, type Retry } from './provider.js'
import { requestThrough, TUNNEL_REFUSED } from './request-through.js'

/** The most bytes of an answer, uncompressed. Twenty places have about 30 KiB; the rest is headroom. */
export const MAX_BODY_BYTES = 4 * 1024 * 1024

/** One more try helps with a brief failure; more would only load a service in trouble. */
const AFTER_FAILURE: Retry = { afterMs: 100, maxTries: 2 }

/** A service that is busy is asked again until the time of the look-up is up, but not at a high rate. */
const MAX_TRIES_IF_BUSY = 5
const MIN_PAUSE_MS = 100

/** The pause if the service names none (`Retry-After`), and the longest that it may name. */
const USUAL_PAUSE_MS = 1_000
const MAX_PAUSE_MS = 3_600_000

/** Too many requests, and service unavailable: the statuses that `Retry-After` belongs to. */
const BUSY = [429, 503]

/** The other statuses that mean a brief failure. */
const BRIEF_FAILURES = [408, 500, 502, 504, 521, 522, 524]

const UNREACHABLE = 'cannot be reached'
const CLOSED = 'closed the connection'

/** Faults of the network, which may be over soon. */
const BRIEF_FAULTS: Readonly<Record<string, string>> = {
  EAI_AGAIN: UNREACHABLE,
  ECONNREFUSED: UNREACHABLE,
  ECONNRESET: CLOSED,
  EHOSTUNREACH: UNREACHABLE,
  ENETUNREACH: UNREACHABLE,
  ENOTFOUND: UNREACHABLE,
  EPIPE: CLOSED,
  // The code of newer Node.js for a refused connection.
  ERR_SOCKET_CLOSED_BEFORE_CONNECTION: UNREACHABLE,
  ETIMEDOUT: UNREACHABLE,
}

const FAULTS: Readonly<Record<string, string>> = {
  ERR_CANCELED: `sent more than ${MAX_BODY_BYTES / 1024 / 1024} MiB`,
  Z_BUF_ERROR: 'sent a compressed answer that ends too early',
  Z_DATA_ERROR: 'sent a compressed answer that is damaged',
}

type PlacesRequest = Pick<OptionsInit, 'method' | 'headers' | 'json' | 'form'> & {
  /** Removes the key from the answer, which is latin1 text. Omitted for a service without a key. */
  readonly redact?: (latin1: string) => string
  readonly proxy?: URL | undefined
}

/** The uncompressed body of an answer in UTF-8, without the key, as latin1 text. Throws a PlacesError that says what went wrong. */
export async function fetchBody(url: URL, ask: PlacesRequest, signal: AbortSignal): Promise<string> {
  const { redact = unchanged, proxy, ...request } = ask
  // Imported only here, because loading got takes longer than the rest of the start, and many servers never need it.
  const { default: got } = await import('got')
  const call = got(url, {
    ...request,
    headers: { 'user-agent': 'proxyherd', ...request.headers },
    signal,
    responseType: 'buffer',
    throwHttpErrors: false,
    // A redirect could send the key, which is in the URL or a header, to somebody else.
    followRedirect: false,
    // The queue of calls tries again, because it counts all requests.
    retry: { limit: 0 },
    ...(proxy && { request: requestThrough(proxy, signal) }),
  })
  void call.on('downloadProgress', ({ transferred }) => {
    if (transferred > MAX_BODY_BYTES) call.cancel()
  })
  const { statusCode, headers, body } = await call.catch((error: unknown) => {
    throw callFault((error as NodeJS.ErrnoException).code, proxy)
  })
  if (statusCode === 200) return redact(decodeBody(body, headers['content-type']))
  const location = statusCode >= 300 && statusCode < 400 ? headers.location : undefined
  throw statusFault(statusCode, redact(location ?? body.toString('latin1')), headers)
}

/** The JSON of an answer, validated. Throws a PlacesError that says what went wrong. */
export async function fetchJson<T>(
  schema: z.ZodMiniType<T>,
  url: URL,
  ask: PlacesRequest,
  signal: AbortSignal,
): Promise<T> {
  const body = await fetchBody(url, ask, signal)
  const checked = schema.safeParse(parse(body))
  if (!checked.success) throw new PlacesError('sent JSON of an unknown form', decodeAnswer(body))
  return checked.data
}

function parse(body: string): unknown {
  try {
    return JSON.parse(decodeAnswer(body))
  } catch {
    throw jsonFault(body)
  }
}

/** How long a service wants not to be asked, in milliseconds. `retryAfter` is a number of seconds, or a date by its clock, like `nowMs`. */
export function pauseMs(retryAfter: string | undefined, nowMs: number): number {
  const text = retryAfter ?? ''
  const wantedMs = /^[0-9]+$/.test(text) ? 1_000 * Number(text) : Date.parse(text) - nowMs
  return Number.isNaN(wantedMs) ? USUAL_PAUSE_MS : Math.min(MAX_PAUSE_MS, Math.max(MIN_PAUSE_MS, wantedMs))
}

function statusFault(status: number, written: string, headers: IncomingHttpHeaders): PlacesError {
  const isRedirect = status >= 300 && status < 400
  const message = `answered ${status}${reasonOf(status)}${isRedirect ? '; redirects are not followed' : ''}`
  const retry = BUSY.includes(status)
    ? { afterMs: pauseMs(headers['retry-after'], clockOf(headers)), maxTries: MAX_TRIES_IF_BUSY }
    : BRIEF_FAILURES.includes(status)
      ? AFTER_FAILURE
      : undefined
  return new PlacesError(message, decodeAnswer(written), retry)
}

/** What the clock of a service showed when it answered, in milliseconds since 1970: ours may be wrong by hours, or set meanwhile. */
function clockOf({ date = '' }: IncomingHttpHeaders): number {
  const shownMs = Date.parse(date)
  return Number.isNaN(shownMs) ? Date.now() : shownMs
}

function unchanged(text: string): string {
  return text
}

// Uses only the code, because the messages of got contain the URL, which contains the key.
function callFault(code = 'no code', proxy: URL | undefined): PlacesError {
  if (code.startsWith(TUNNEL_REFUSED)) {
    const status = Number(code.slice(TUNNEL_REFUSED.length))
    return new PlacesError(`cannot be reached: the proxy answered ${status}${reasonOf(status)}`)
  }
  const description = BRIEF_FAULTS[code]
  if (description === undefined) return new PlacesError(FAULTS[code] ?? `failed (${code})`)
  return new PlacesError(`${description}${proxy ? ' through the proxy' : ''}`, '', AFTER_FAILURE)
}

function reasonOf(status: number): string {
  const reason = STATUS_CODES[status]
  return reason === undefined ? '' : ` (${reason.toLowerCase()})`
}
