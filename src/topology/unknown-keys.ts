import type { Finding } from './finding.js'
import { formatList } from './format-list.js'

/** A key that this version does not know, and the servers that have it; none if the key is at the top level. */
export interface UnknownKey {
  readonly key: string
  readonly servers: readonly string[]
}

/** A topology as parsed from its file, after its known keys have been checked. */
export interface RawTopology {
  readonly servers: Readonly<Record<string, object>>
}

/** The unknown keys of a topology. `Object.keys` also lists a key `__proto__`. */
export function unknownKeys(
  raw: RawTopology,
  known: { readonly top: readonly string[]; readonly server: readonly string[] },
): UnknownKey[] {
  const found = new Map<string, string[]>()
  for (const [name, server] of Object.entries(raw.servers))
    for (const key of Object.keys(server)) {
      if (known.server.includes(key)) continue
      const servers = found.get(key) ?? []
      found.set(key, servers)
      servers.push(name)
    }
  return [
    ...Object.keys(raw)
      .filter((key) => !known.top.includes(key))
      .map((key) => ({ key, servers: [] })),
    ...[...found].map(([key, servers]) => ({ key, servers })),
  ]
}

/** Warnings about keys that this version ignores. */
export function unknownKeyFindings({
  unknownKeys,
}: {
  readonly unknownKeys: readonly UnknownKey[]
}): Finding[] {
  return unknownKeys.map(({ key, servers }) => {
    const where = servers.length === 0 ? 'at the top level' : `of ${formatList(servers)}`
    const words = `the key ${JSON.stringify(key)} ${where} is unknown to this version and ignored`
    return { level: 'warning', kind: 'unknown-key', servers, words }
  })
}
