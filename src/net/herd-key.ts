import { hkdfSync, randomBytes } from 'node:crypto'
import type { HashKey } from '../memory/siphash.js'
import { PersonError } from '../person-error.js'
import { readKeyFile } from './key-file.js'

/** The length of a strong key for AES or HMAC-SHA-256. */
const KEY_BYTES = 32

const FORMAT = 'proxyherd-key-1'

/** The key is base64url of 32 bytes without padding. */
const KEY_LINE = new RegExp(`^${FORMAT} ([A-Za-z0-9_-]{43})$`)

/** One key, or two while a herd changes its key. */
const MAX_KEYS = 2

/** The length of a hash that distinguishes the keys of a herd. */
const IDENTITY_BYTES = 8

const HINT = 'make one with "proxyherd key new"'

/** A herd key in the form that TLS needs (RFC 8446, 4.2.11). `identity` is sent unencrypted, `psk` is secret. */
interface PreSharedKey {
  readonly identity: string
  readonly psk: Buffer
}

/** Derives a secret of so many bytes from a herd key (HKDF, RFC 5869). Each purpose and each salt gets its own. */
export type DeriveSecret = (purpose: string, salt: Uint8Array, bytes: number) => Uint8Array

/** The herd keys of a server. They are in a private field, so that they appear in no text, JSON or inspection of this object. */
export class HerdKeys {
  #keys: readonly [PreSharedKey, ...PreSharedKey[]]

  constructor(first: Buffer, ...others: Buffer[]) {
    this.#keys = [withIdentity(first), ...others.map(withIdentity)]
  }

  /** Takes over the keys of `other`, for all new links. Links that are up stay up. */
  replaceWith(other: HerdKeys): void {
    this.#keys = other.#keys
  }

  /** Returns the key to dial with. Not a getter, because an inspection may show the values of getters. */
  first(): PreSharedKey {
    return this.#keys[0]
  }

  /** Returns the key for hashing reports, so that no client can compute their digests. It depends only on the key that the server dials with. */
  digestKey(): HashKey {
    const bytes = Buffer.from(hkdfSync('sha256', this.first().psk, FORMAT, 'digest', 16))
    return [bytes.readUInt32LE(0), bytes.readUInt32LE(4), bytes.readUInt32LE(8), bytes.readUInt32LE(12)]
  }

  /** Returns what derives further secrets from each key, the one to use first. */
  derivations(): [DeriveSecret, ...DeriveSecret[]] {
    const [first, ...others] = this.#keys
    return [derivationOf(first), ...others.map(derivationOf)]
  }

  /** Returns the secret of an identity; null, as node:tls requires, if no key has it. */
  find(identity: string): Buffer | null {
    return this.#keys.find((key) => key.identity === identity)?.psk ?? null
  }
}

function derivationOf({ psk }: PreSharedKey): DeriveSecret {
  return (purpose, salt, bytes) => Buffer.from(hkdfSync('sha256', psk, salt, `${FORMAT} ${purpose}`, bytes))
}

// The identity is a one-way hash: it selects a key and reveals nothing about it.
function withIdentity(psk: Buffer): PreSharedKey {
  const hash = hkdfSync('sha256', psk, FORMAT, 'identity', IDENTITY_BYTES)
  return { identity: Buffer.from(hash).toString('hex'), psk }
}

/** Creates a new herd key, as the text of a key file. */
export function newHerdKey(): string {
  const key = randomBytes(KEY_BYTES).toString('base64url')
  return `# A herd key of proxyherd: secret, and the same for all servers of a herd.\n${FORMAT} ${key}\n`
}

/** Reads a file of herd keys. Returns warnings for people. Throws a PersonError that shows none of the content. */
export async function readHerdKeys(path: string): Promise<{ keys: HerdKeys; warnings: string[] }> {
  const { text, warnings } = await readKeyFile(path)
  return { keys: parseHerdKeys(text, path), warnings }
}

/**
 * Parses herd keys, one per line. The server dials with the first and accepts all. Empty lines and lines that start with # are ignored. `file`
 * is the name of the file in messages. Throws a PersonError that shows none of the content.
 */
export function parseHerdKeys(text: string, file: string): HerdKeys {
  const secrets = text.split('\n').flatMap((untrimmed, index) => {
    const line = untrimmed.trim()
    if (line === '' || line.startsWith('#')) return []
    const key = KEY_LINE.exec(line)?.[1]
    if (key === undefined) throw new PersonError(`${file}, line ${index + 1}: not a herd key`, HINT)
    return [Buffer.from(key, 'base64url')]
  })
  const [first, ...others] = secrets
  if (!first) throw new PersonError(`${file} contains no herd key`, HINT)
  if (secrets.length > MAX_KEYS)
    throw new PersonError(
      `${file} contains ${secrets.length} herd keys, but at most ${MAX_KEYS} can be in use`,
      'keep the new one first and the old one second until every server has both',
    )
  return new HerdKeys(first, ...others)
}
