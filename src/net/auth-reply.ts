import { parseAuthReply } from '../protocol/auth-line.js'
import { LF, toText } from '../protocol/bytes.js'
import { TLS_ONLY } from '../protocol/refusal.js'

/** No reply to `AUTH` is longer: the longest has a copy of the line. */
const MAX_REPLY_BYTES = 1_024

/** What a server has answered to `AUTH`. */
export type AuthOutcome =
  /** Some of the answer is missing. */
  | { readonly kind: 'pending' }
  /** The token is accepted, or the server does not know `AUTH` and asks for none. `end` is where the bytes that follow begin. */
  | { readonly kind: 'done'; readonly end: number }
  | { readonly kind: 'refused' | 'needs TLS' | 'foreign' }

/** Reads the reply to `AUTH`, which comes before all others. */
export class AuthReply {
  readonly #token: string
  #text = ''

  constructor(token: string) {
    this.#token = token
  }

  /** Takes the first `length` bytes of `bytes`. */
  push(bytes: Uint8Array, length: number): AuthOutcome {
    const at = bytes.subarray(0, length).indexOf(LF)
    this.#text += toText(bytes, 0, at < 0 ? length : at)
    if (this.#text.length > MAX_REPLY_BYTES) return { kind: 'foreign' }
    if (at < 0) return { kind: 'pending' }
    const text = this.#text.replace(/\r$/, '')
    // A server of another program, or an older one, refuses the line like any other that it does not know.
    const isDone = parseAuthReply(text) !== undefined || text === `? AUTH ${this.#token}`
    if (isDone) return { kind: 'done', end: at + 1 }
    if (text === `? ${TLS_ONLY}`) return { kind: 'needs TLS' }
    return { kind: text.startsWith('? AUTH') ? 'refused' : 'foreign' }
  }
}
