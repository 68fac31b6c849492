/** The most names in a sentence. */
const MAX_NAMES = 6

/** `Elm, Oak and Ash`; a long list ends with the number of further names. */
export function formatList(names: readonly string[]): string {
  const more = names.length - MAX_NAMES + 1
  const shown = more > 1 ? [...names.slice(0, MAX_NAMES - 1), `${more} more`] : names
  // Intl.ListFormat would do the same, but takes 20 ms to load, and a server has a list to print when it listens.
  return [shown.slice(0, -1).join(', '), ...shown.slice(-1)].filter((part) => part !== '').join(' and ')
}

/** `1 server`, `2 servers`. */
export function formatCount(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}
