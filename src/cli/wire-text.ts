/** Converts text to wire text, which has one character per byte of its UTF-8. */
export function toWireText(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}

/** Decodes the bytes of wire text as UTF-8. */
export function fromWireText(text: string): string {
  return Buffer.from(text, 'latin1').toString('utf8')
}
