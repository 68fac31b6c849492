/** The replacement for a key in a text. */
export const REDACTED = '[places key]'

/** A shorter key is redacted only as a whole word, because other words contain its few letters by chance. */
const MIN_KEY_CHARACTERS = 8

/**
 * Returns a function that replaces an API key in latin1 text of a service, so that an echo of the key reaches neither clients nor the
 * log. It finds the key in upper and lower case, with each character plain, escaped for JSON, or escaped for a URL once or more.
 */
export function redactor(key: string): (latin1: string) => string {
  const pattern = Array.from(key, patternOf).join('')
  const isShort = key.length < MIN_KEY_CHARACTERS
  const found = new RegExp(isShort ? `(?<![a-z0-9])${pattern}(?![a-z0-9])` : pattern, 'gi')
  return (latin1) => latin1.replace(found, REDACTED)
}

function patternOf(character: string): string {
  const bytes = [...Buffer.from(character)].map(hexOf)
  const units = Array.from({ length: character.length }, (_, index) => hexOf(character.charCodeAt(index)))
  const plain = bytes.map((byte) => `\\x${byte}`).join('')
  const inUrl = bytes.map((byte) => `%(?:25)*${byte}`).join('')
  const inJson = units.map((unit) => `\\\\u${unit.padStart(4, '0')}`).join('')
  // URLs have a second form for a space, and JSON for each of the other three characters.
  const plus = character === ' ' ? '|\\+' : ''
  const backslash = /["\\/]/.test(character) ? '\\\\?' : ''
  return `(?:${backslash}${plain}|${inUrl}|${inJson}${plus})`
}

function hexOf(code: number): string {
  return code.toString(16).padStart(2, '0')
}
