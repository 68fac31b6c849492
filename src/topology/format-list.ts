/** The most names in a sentence. */
const MAX_NAMES = 6

// Made when it is first needed, since that takes 20 ms, which no start should.
let list: Intl.ListFormat | undefined

/** `Elm, Oak and Ash`; a long list ends with the number of further names. */
export function formatList(names: readonly string[]): string {
  const shown = names.length > MAX_NAMES ? names.slice(0, MAX_NAMES - 1) : names
  const more = names.length - shown.length
  list ??= new Intl.ListFormat('en-GB')
  return list.format(more > 0 ? [...shown, `${more} more`] : shown)
}

/** `1 server`, `2 servers`. */
export function formatCount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
