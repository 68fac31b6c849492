/** Text as a person typed it, as wire text: its UTF-8 bytes, a character each. */
export function toWire(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}

/** Wire text as a person reads it: its bytes taken for UTF-8. */
export function fromWire(text: string): string {
  return Buffer.from(text, 'latin1').toString('utf8')
}
