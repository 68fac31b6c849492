/** How many characters of text from the network are shown in one place: half a terminal screen. */
export const MAX_EXCERPT_CHARACTERS = 500

// Everything that could move the cursor, change colours or reverse the direction of writing.
const CONTROL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/** The same except tabs and line ends. */
const CONTROL_IN_LINES = /(?!\t|\r?\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/** Those that JSON allows unescaped. */
const CONTROL_IN_JSON = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu

/** Escapes control characters as `\x1b` or `\u{202e}`, so that the text cannot control a terminal. */
export function escapeControls(text: string): string {
  return text.replace(CONTROL, escape)
}

/** Like `escapeControls`, but keeps line ends and tabs. */
export function escapeControlsInLines(text: string): string {
  return text.replace(CONTROL_IN_LINES, escape)
}

/** Escapes, in JSON, the characters that JSON allows unescaped but that can control a terminal. The value stays the same. */
export function escapeControlsInJson(json: string): string {
  return json.replace(CONTROL_IN_JSON, (character) => {
    const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index))
    return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')
  })
}

/** Escapes text from the network and shortens it, so that it can be part of a line for people. */
export function toExcerpt(text: string): string {
  const plain = escapeControls(text.slice(0, MAX_EXCERPT_CHARACTERS))
  if (text.length <= MAX_EXCERPT_CHARACTERS && plain.length <= MAX_EXCERPT_CHARACTERS) return plain
  // Half of a surrogate pair is not a character.
  return `${plain.slice(0, MAX_EXCERPT_CHARACTERS).replace(/\p{Cs}$/u, '')}…`
}

/** Escapes the bytes above 0x7f in wire text that is not UTF-8. */
export function escapeHighBytes(wireText: string): string {
  return wireText.replace(/[\u0080-\u00ff]/g, escape)
}

function escape(character: string): string {
  const hex = Number(character.codePointAt(0)).toString(16).padStart(2, '0')
  return hex.length > 2 ? `\\u{${hex}}` : `\\x${hex}`
}
