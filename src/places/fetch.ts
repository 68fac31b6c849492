import type { OptionsInit } from 'got'
import type * as z from 'zod/mini'
import { decodeAnswer, PlacesError } from './provider.js'

/** The most bytes of an answer, uncompressed. Twenty places have about 30 KiB; the rest is headroom. */
export const MAX_BODY_BYTES = 4 * 1024 * 1024

/** One retry helps with a brief failure; more would only load a service in trouble. */
const MAX_RETRIES = 1

/** The wait before the retry, to which got adds up to 0.1 s: short compared with the timeout of a look-up. */
const RETRY_DELAY_MS = 100

/** There is no retry if the service asks for a longer wait (`Retry-After`), which would use up the time for the look-up. */
const MAX_RETRY_AFTER_MS = 1_000

const DESCRIPTIONS: Readonly<Record<string, string>> = {
  EAI_AGAIN: 'cannot be reached',
  ECONNREFUSED: 'cannot be reached',
  ECONNRESET: 'closed the connection',
  EHOSTUNREACH: 'cannot be reached',
  ENETUNREACH: 'cannot be reached',
  ENOTFOUND: 'cannot be reached',
  EPIPE: 'closed the connection',
  // The code of newer Node.js for a refused connection.
  ERR_SOCKET_CLOSED_BEFORE_CONNECTION: 'cannot be reached',
  ERR_CANCELED: `sent more than ${MAX_BODY_BYTES / 1024 / 1024} MiB`,
  ETIMEDOUT: 'cannot be reached',
}

type PlacesRequest = Pick<OptionsInit, 'method' | 'headers' | 'json' | 'form'> & {
  /** Removes the key from the answer, which is latin1 text. Omitted for a service without a key. */
  readonly redact?: (latin1: string) => string
}

/** The uncompressed body of an answer, without the key, as latin1 text. Throws a PlacesError that says what went wrong. */
export async function fetchBody(url: URL, ask: PlacesRequest, signal: AbortSignal): Promise<string> {
  const { redact = unchanged, ...request } = ask
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
    throw new PlacesError(describe((error as NodeJS.ErrnoException).code))
  })
  const text = redact(body.toString('latin1'))
  if (statusCode !== 200)
    throw new PlacesError(`answered ${statusCode}${await reasonOf(statusCode)}`, decodeAnswer(text))
  return text
}

/** The JSON of an answer, validated. Throws a PlacesError that says what went wrong. */
export async function fetchJson<T>(
  schema: z.ZodMiniType<T>,
  url: URL,
  ask: PlacesRequest,
  signal: AbortSignal,
): Promise<T> {
  const body = decodeAnswer(await fetchBody(url, ask, signal))
  const checked = schema.safeParse(parse(body))
  if (!checked.success) throw new PlacesError('sent JSON of an unknown form', body)
  return checked.data
}

function parse(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    throw new PlacesError('sent broken JSON', body)
  }
}

function unchanged(text: string): string {
  return text
}

// Uses only the code, because the messages of got contain the URL, which contains the key.
function describe(code = 'no code'): string {
  return DESCRIPTIONS[code] ?? `failed (${code})`
}

async function reasonOf(status: number): Promise<string> {
  // Imported only here, like got.
  const { STATUS_CODES } = await import('node:http')
  const reason = STATUS_CODES[status]
  return reason === undefined ? '' : ` (${reason.toLowerCase()})`
}
