/** What stands in a text where the key was. */
export const REDACTED = '[places key]'

/** A shorter key is redacted only where it stands alone: other words hold its few letters by chance. */
const MIN_KEY_CHARACTERS = 8

/**
 * Makes the function that replaces an API key in what a service sent, latin1 text, so that an echo of the key reaches neither a client nor
 * the log. The key is found in any case, and each of its characters as it is, escaped for JSON, or escaped for a URL once or more.
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
  // A URL has a second form of a space, and JSON one of each of the other three.
  const plus = character === ' ' ? '|\\+' : ''
  const backslash = /["\\/]/.test(character) ? '\\\\?' : ''
  return `(?:${backslash}${plain}|${inUrl}|${inJson}${plus})`
}

function hexOf(code: number): string {
  return code.toString(16).padStart(2, '0')
}
