/** A string of valid JSON, and the colon that makes it a key. */
const STRING = /"(?:[^"\\]|\\.)*"(\s*:)?/g

/** Parses JSON in which no object has a key twice. Returns undefined for any other text: JSON.parse would take the last of them silently. */
export function parsePlainJson(text: string): { readonly value: unknown } | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  const keys = [...text.matchAll(STRING)].filter(([, colon]) => colon !== undefined)
  return keys.length === countKeys(value) ? { value } : undefined
}

/** Counts the keys of all objects, nested ones too. Not recursive, because the text may be nested too deeply for that. */
function countKeys(value: unknown): number {
  let keys = 0
  const values = [value]
  for (const each of values) {
    if (typeof each !== 'object' || each === null) continue
    const inner: unknown[] = Object.values(each)
    if (!Array.isArray(each)) keys += inner.length
    for (const one of inner) values.push(one)
  }
  return keys
}
