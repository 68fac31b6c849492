/** More than any app sends; what follows is not read. */
const MAX_PARAMETERS = 200

/** An ill-formed escape, as in an unreplaced `%LAT`, stands for itself. */
const ESCAPE = /%([0-9a-fA-F]{2})/g

/**
 * Parses the query of a URL or a form, as latin1 text. Of parameters with the same name the first counts: apps append theirs to those
 * in the URL that a person entered.
 */
export function parseParameters(text: string): ReadonlyMap<string, string> {
  const parameters = new Map<string, string>()
  for (const [name, value] of pairsIn(text)) if (!parameters.has(name)) parameters.set(name, value)
  return parameters
}

/** All values of a parameter. */
export function parseRepeated(text: string, wanted: string): string[] {
  return Array.from(pairsIn(text)).flatMap(([name, value]) => (name === wanted ? [value] : []))
}

function* pairsIn(text: string): Generator<readonly [name: string, value: string]> {
  for (const part of text.split('&', MAX_PARAMETERS)) {
    const equals = part.indexOf('=')
    const name = decode(equals < 0 ? part : part.slice(0, equals))
    yield [name, equals < 0 ? '' : decode(part.slice(equals + 1))]
  }
}

function decode(text: string): string {
  return text
    .replaceAll('+', ' ')
    .replace(ESCAPE, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
}
