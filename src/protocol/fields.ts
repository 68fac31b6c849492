// The six white-space bytes of the protocol. Not `\s`: that would also eat U+00A0 and U+0085, which in latin1
// are bytes of ordinary UTF-8 client IDs.
const WHITE_SPACE = /[ \t\r\n\f\v]+/

/** The fields of a line: its runs of bytes that are not white space. */
export function fieldsOf(line: string): string[] {
  return line.split(WHITE_SPACE).filter((field) => field !== '')
}
