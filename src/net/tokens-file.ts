import { PersonError } from '../person-error.js'
import { readKeyFile } from './key-file.js'
import { parseRights } from './token-rights.js'
import { TOKEN_PREFIX, type TokenEntry } from './tokens.js'

/** As many as a server checks without effort. Each takes about 1 KiB of memory. */
const MAX_TOKENS = 100_000

/** How many faults of a file are shown. Who mends these will see the others. */
const MAX_SHOWN_FAULTS = 5

const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/

const HASH = /^sha256:([0-9a-f]{64})$/

const HINT = 'make lines with "proxyherd token new"'

/** Whether a text can be the name of a token. A token itself cannot: names are logged. */
export function isTokenName(text: string): boolean {
  return NAME.test(text) && !text.startsWith(TOKEN_PREFIX)
}

/** Formats a line of a tokens file, without its line end. */
export function formatTokenLine(name: string, hash: string, rights: string): string {
  return `${name} sha256:${hash} ${rights}`
}

/** Reads a tokens file. Returns warnings for people. Throws a PersonError that names the faults. */
export async function readTokens(
  path: string,
): Promise<{ entries: readonly TokenEntry[]; warnings: readonly string[] }> {
  const { text, warnings } = await readKeyFile(path)
  return { entries: parseTokens(text, path), warnings }
}

/**
 * Parses tokens, one per line: name, hash and rights. Empty lines and lines that start with # are ignored; a file may hold nothing else, when all
 * tokens are revoked. `file` is its name in messages. Throws a PersonError that names the faults.
 */
export function parseTokens(text: string, file: string): TokenEntry[] {
  const entries: TokenEntry[] = []
  const faults: string[] = []
  const names = new Map<string, number>()
  const hashes = new Map<string, number>()
  for (const [index, untrimmed] of text.split('\n').entries()) {
    const line = untrimmed.trim()
    if (line === '' || line.startsWith('#')) continue
    const entry = parseLine(line)
    const fault = typeof entry === 'string' ? entry : repetition(entry, names, hashes)
    if (typeof entry === 'string' || fault !== undefined) {
      faults.push(`line ${index + 1}: ${fault}`)
      continue
    }
    names.set(entry.name, index + 1)
    hashes.set(entry.hash, index + 1)
    entries.push(entry)
  }
  if (faults.length > 0) throw new PersonError(`${file}, ${shown(faults)}`, HINT)
  if (entries.length > MAX_TOKENS)
    throw new PersonError(`${file} has ${entries.length} tokens, more than ${MAX_TOKENS}`)
  return entries
}

function parseLine(line: string): TokenEntry | string {
  const [name = '', hashed = '', text, ...more] = line.split(/\s+/)
  if (!isTokenName(name)) return `"${hidden(name)}" is not a name of 1 to 64 letters, digits, _, . or -`
  const hash = HASH.exec(hashed)?.[1]
  if (hash === undefined) return `"${hidden(hashed)}" is not sha256: and 64 hexadecimal digits`
  if (text === undefined) return `"${name}" has no rights`
  if (more.length > 0)
    return `"${hidden(more.join(' '))}" follows the rights: they are separated by commas only`
  const rights = parseRights(text)
  return typeof rights === 'string' ? rights : { name, hash, rights }
}

function repetition(
  { name, hash }: TokenEntry,
  names: ReadonlyMap<string, number>,
  hashes: ReadonlyMap<string, number>,
): string | undefined {
  if (names.has(name)) return `line ${names.get(name)} has the name "${name}", too`
  return hashes.has(hash) ? `line ${hashes.get(hash)} has the hash of "${name}", too` : undefined
}

/** A value as it may be shown: somebody may have put a token where its hash belongs. */
function hidden(value: string): string {
  const at = value.indexOf(TOKEN_PREFIX)
  return at < 0 ? value : `${value.slice(0, at + TOKEN_PREFIX.length)}…`
}

function shown(faults: readonly string[]): string {
  const left = faults.length - MAX_SHOWN_FAULTS
  return [...faults.slice(0, MAX_SHOWN_FAULTS), ...(left > 0 ? [`and ${left} more`] : [])].join('; ')
}
