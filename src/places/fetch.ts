import { STATUS_CODES } from 'node:http'
import type { OptionsInit } from 'got'
import type { z } from 'zod'
import { decodeAnswer, PlacesFault } from './provider.js'

/** The most bytes of an answer, unpacked: twenty places are some 30 KiB, the rest is room for a generous service. */
export const MAX_BODY_BYTES = 4 * 1024 * 1024

/** One retry gets over a hiccup; more would only load a service that is in trouble. */
const MAX_RETRIES = 1

/** The wait before it, to which got adds up to 0.1 s: long enough for a hiccup to pass, short against the time for a look-up. */
const RETRY_DELAY_MS = 100

/** A service that wants to be left alone for longer (`Retry-After`) is: waiting would use up the time for the look-up. */
const MAX_RETRY_AFTER_MS = 1_000

const WORDS: Readonly<Record<string, string>> = {
  EAI_AGAIN: 'cannot be reached',
  ECONNREFUSED: 'cannot be reached',
  ECONNRESET: 'hung up',
  EHOSTUNREACH: 'cannot be reached',
  ENETUNREACH: 'cannot be reached',
  ENOTFOUND: 'cannot be reached',
  EPIPE: 'hung up',
  // What newer Node.js says of a connection that was refused.
  ERR_SOCKET_CLOSED_BEFORE_CONNECTION: 'cannot be reached',
  ERR_CANCELED: `sent more than ${MAX_BODY_BYTES / 1024 / 1024} MiB`,
  ETIMEDOUT: 'cannot be reached',
}

type Ask = Pick<OptionsInit, 'method' | 'headers' | 'json' | 'form'> & {
  /** Removes the key from what the service sent, latin1 text; without it, the service has no key. */
  readonly redact?: (latin1: string) => string
}

/** The body of a service's answer, unpacked and without the key, as latin1 text. Throws a PlacesFault that says what went wrong. */
export async function fetchBody(url: URL, ask: Ask, signal: AbortSignal): Promise<string> {
  const { redact = unchanged, ...request } = ask
  // Only here, because loading got takes longer than all the rest of a start, and many servers never ask a service.
  const { default: got } = await import('got')
  const call = got(url, {
    ...request,
    headers: { 'user-agent': 'proxyherd', ...request.headers },
    signal,
    responseType: 'buffer',
    throwHttpErrors: false,
    // A redirect could take the key, which is in the URL or a header, to somebody else.
    followRedirect: false,
    retry: {
      limit: MAX_RETRIES,
      methods: ['GET', 'POST'],
      backoffLimit: RETRY_DELAY_MS,
      maxRetryAfter: MAX_RETRY_AFTER_MS,
    },
  })
  void call.on('downloadProgress', ({ transferred }) => {
    if (transferred > MAX_BODY_BYTES) call.cancel()
  })
  const { statusCode, body } = await call.catch((error: unknown) => {
    throw new PlacesFault(wordsFor((error as NodeJS.ErrnoException).code))
  })
  const text = redact(body.toString('latin1'))
  if (statusCode !== 200)
    throw new PlacesFault(`answered ${statusCode}${reasonOf(statusCode)}`, decodeAnswer(text))
  return text
}

/** The JSON of a service's answer, checked. Throws a PlacesFault that says what went wrong. */
export async function fetchJson<T>(
  schema: z.ZodType<T>,
  url: URL,
  ask: Ask,
  signal: AbortSignal,
): Promise<T> {
  const body = decodeAnswer(await fetchBody(url, ask, signal))
  const checked = schema.safeParse(parse(body))
  if (!checked.success) throw new PlacesFault('sent JSON of an unknown form', body)
  return checked.data
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    throw new PlacesFault('sent broken JSON', body)
  }
}

function unchanged(text: string): string {
  return text
}

// From the code alone: the messages of got hold the URL, and with it the key.
function wordsFor(code = 'no code'): string {
  return WORDS[code] ?? `failed (${code})`
}

function reasonOf(status: number): string {
  const reason = STATUS_CODES[status]
  return reason === undefined ? '' : ` (${reason.toLowerCase()})`
}
