/** The most names in a sentence. */
const MAX_NAMES = 6

const LIST = new Intl.ListFormat('en-GB')

/** `Elm, Oak and Ash`; a long list ends with the number of further names. */
export function formatList(names: readonly string[]): string {
  const shown = names.length > MAX_NAMES ? names.slice(0, MAX_NAMES - 1) : names
  const more = names.length - shown.length
  return LIST.format(more > 0 ? [...shown, `${more} more`] : shown)
}

/** `1 server`, `2 servers`. */
export function formatCount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
