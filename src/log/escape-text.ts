/** The most characters of a text from elsewhere that a person is shown in one place: half a screen of a terminal. */
export const MAX_EXCERPT_CHARACTERS = 500

// All that could move a cursor, change a colour or reverse the direction of writing.
const CONTROL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/** The same, except tabs and line ends. */
const CONTROL_IN_LINES = /(?!\t|\r?\n)[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu

/** The characters among them that JSON text may hold unescaped. */
const CONTROL_IN_JSON = /[\u007f-\u009f\p{Cf}\p{Zl}\p{Zp}]/gu

/** Text that cannot control a terminal: its control characters are shown as `\x1b` or `\u{202e}`. */
export function escapeControls(text: string): string {
  return text.replace(CONTROL, escape)
}

/** As `toPlain`, but the text keeps its lines and tabs. */
export function escapeControlsInLines(text: string): string {
  return text.replace(CONTROL_IN_LINES, escape)
}

/** The same JSON, with those characters escaped that JSON allows and that control a terminal. */
export function escapeControlsInJson(json: string): string {
  return json.replace(CONTROL_IN_JSON, (character) => {
    const units = Array.from({ length: character.length }, (_, index) => character.charCodeAt(index))
    return units.map((unit) => `\\u${unit.toString(16).padStart(4, '0')}`).join('')
  })
}

/** Text from elsewhere as part of one line for a person: it cannot control a terminal, and its head stands for a long text. */
export function toExcerpt(text: string): string {
  const plain = escapeControls(text.slice(0, MAX_EXCERPT_CHARACTERS))
  if (text.length <= MAX_EXCERPT_CHARACTERS && plain.length <= MAX_EXCERPT_CHARACTERS) return plain
  // Half of a surrogate pair is no character.
  return `${plain.slice(0, MAX_EXCERPT_CHARACTERS).replace(/\p{Cs}$/u, '')}…`
}

/** Escapes the bytes above 0x7f of wire text that is not UTF-8. */
export function escapeHighBytes(wireText: string): string {
  return wireText.replace(/[\u0080-\u00ff]/g, escape)
}

function escape(character: string): string {
  const hex = Number(character.codePointAt(0)).toString(16).padStart(2, '0')
  return hex.length > 2 ? `\\u{${hex}}` : `\\x${hex}`
}
