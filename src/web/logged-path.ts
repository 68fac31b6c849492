import { TOKEN_PREFIX } from '../net/tokens.js'

/** What takes the place of a path that may hold a token. */
const HIDDEN = '/...'

/**
 * The path of a URL as it may be logged: without its query, where apps put tokens; and nothing of it if a token may have got into the path itself, by an
 * escaped `?` for example. Escapes are no disguise, and may be ill-formed.
 */
export function loggedPath(url: string): string {
  const path = url.replace(/[?#].*$/s, '')
  const decoded = path.replace(/%([0-9a-fA-F]{2})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  )
  return decoded.includes(TOKEN_PREFIX) || /token(?:=|%3d)/i.test(decoded) ? HIDDEN : path
}
