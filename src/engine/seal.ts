import { createCipheriv, createDecipheriv, createHmac } from 'node:crypto'
import type { DeriveSecret } from '../net/herd-key.js'
import { toText } from '../protocol/bytes.js'
import { HEADER_BYTES } from './envelope.js'
import type { ClientToken } from './subjects.js'

/** Adds to the body of a message what proves it, and makes it unreadable; or undoes that. */
export interface Sealing {
  /** How many bytes longer a sealed body is. */
  readonly overhead: number
  /**
   * Seals the body behind the header of a message in place. `end` is the end of the body, and the message has room for `overhead` more bytes.
   */
  seal(message: Uint8Array, end: number, purpose: Purpose): void
  /** Returns the body of a sealed message; undefined if it was not sealed with the same key, for the same subject. */
  open(message: Uint8Array, purpose: Purpose): Uint8Array | undefined
}

/** What a sealed message belongs to. */
export interface Purpose {
  readonly subject: string
  readonly carrier: string
  /** The run of the carrier, see `Header.start`. */
  readonly start: Uint8Array
}

const CIPHER = 'aes-256-gcm'
const KEY_BYTES = 32
const NONCE_BYTES = 12
const TAG_BYTES = 16

/** The number of a message, the last bytes of its header, makes the nonce. */
const NUMBER_BYTES = 8

/** As many runs of carriers as have keys at a time. More only cost deriving keys again. */
const MAX_KEYS = 256

/** Long enough that no two clients share a token. */
const TOKEN_BYTES = 18

/**
 * Seals messages with AES-256-GCM under a key for each run of each carrier, derived from the herd key. The number of the message is the nonce:
 * no run uses a number twice, and no two runs have the same start. The header and the subject are authenticated too, so who runs the engine can
 * move or change no message.
 */
export class Seal implements Sealing {
  readonly overhead = TAG_BYTES
  readonly #keys: readonly [RunKeys, ...RunKeys[]]

  /** Seals with the first herd key, and opens with any. */
  constructor([first, ...others]: readonly [DeriveSecret, ...DeriveSecret[]]) {
    this.#keys = [new RunKeys(first), ...others.map((derive) => new RunKeys(derive))]
  }

  seal(message: Uint8Array, end: number, purpose: Purpose): void {
    const cipher = createCipheriv(CIPHER, this.#keys[0].of(purpose), nonceOf(message))
    cipher.setAAD(contextOf(message, purpose))
    message.set(cipher.update(message.subarray(HEADER_BYTES, end)), HEADER_BYTES)
    cipher.final()
    message.set(cipher.getAuthTag(), end)
  }

  open(message: Uint8Array, purpose: Purpose): Uint8Array | undefined {
    if (message.length < HEADER_BYTES + TAG_BYTES) return undefined
    for (const keys of this.#keys) {
      const body = openWith(keys.of(purpose), message, purpose)
      if (body) return body
    }
    return undefined
  }
}

function openWith(key: Uint8Array, message: Uint8Array, purpose: Purpose): Uint8Array | undefined {
  const end = message.length - TAG_BYTES
  const decipher = createDecipheriv(CIPHER, key, nonceOf(message), { authTagLength: TAG_BYTES })
  decipher.setAAD(contextOf(message, purpose))
  decipher.setAuthTag(message.subarray(end))
  const body = decipher.update(message.subarray(HEADER_BYTES, end))
  try {
    decipher.final()
  } catch {
    return undefined
  }
  return body
}

/** The keys that are derived from one herd key. */
class RunKeys {
  readonly #derive: DeriveSecret
  readonly #keys = new Map<string, Uint8Array>()

  constructor(derive: DeriveSecret) {
    this.#derive = derive
  }

  /** The key of a run of a carrier. */
  of({ carrier, start }: Purpose): Uint8Array {
    const name = `${carrier} ${toText(start)}`
    const known = this.#keys.get(name)
    if (known) return known
    const key = this.#derive(`engine ${carrier}`, start, KEY_BYTES)
    const [oldest] = this.#keys.keys()
    if (this.#keys.size >= MAX_KEYS) this.#keys.delete(oldest as string)
    this.#keys.set(name, key)
    return key
  }
}

/** The tokens of clients in a herd with a key: who runs the engine cannot tell their IDs. */
export function secretToken(derive: DeriveSecret): ClientToken {
  const key = derive('engine subjects', new Uint8Array(0), KEY_BYTES)
  return (id) => createHmac('sha256', key).update(id).digest().subarray(0, TOKEN_BYTES).toString('base64url')
}

function nonceOf(message: Uint8Array): Uint8Array {
  const nonce = new Uint8Array(NONCE_BYTES)
  nonce.set(message.subarray(HEADER_BYTES - NUMBER_BYTES, HEADER_BYTES), NONCE_BYTES - NUMBER_BYTES)
  return nonce
}

function contextOf(message: Uint8Array, { subject }: Purpose): Uint8Array {
  return Buffer.concat([message.subarray(0, HEADER_BYTES), Buffer.from(subject)])
}
