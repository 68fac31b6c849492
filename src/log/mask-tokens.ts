import { TOKEN_PREFIX } from '../net/tokens.js'

/**
 * How many characters after the prefix make a piece of a token that is not logged. Who knows fewer of the 43 has as good as nothing, and a client may
 * have such an ID.
 */
const MIN_PIECE_CHARACTERS = 16

const PIECE = new RegExp(`${TOKEN_PREFIX}[A-Za-z0-9_-]{${MIN_PIECE_CHARACTERS},}`, 'g')

const PREFIX_BYTES = Buffer.from(TOKEN_PREFIX)

/** The last byte of the prefix. Bytes before it need a look only where it stands. */
export const PREFIX_END = PREFIX_BYTES[PREFIX_BYTES.length - 1] as number

/** Replaces tokens, and pieces of them, by `proxyherd_...`: the log has none, whatever line or message they came in. */
export function maskTokens(text: string): string {
  return text.includes(TOKEN_PREFIX) ? text.replace(PIECE, `${TOKEN_PREFIX}...`) : text
}

/** Whether the prefix of tokens ends at the byte `at`. */
export function endsPrefix(bytes: Uint8Array, start: number, at: number): boolean {
  const from = at + 1 - PREFIX_BYTES.length
  return from >= start && PREFIX_BYTES.every((byte, index) => bytes[from + index] === byte)
}
