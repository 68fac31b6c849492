/**
 * How two linked servers find out whether they hold the same reports, and exchange only those that differ. Each says the digest of its
 * whole table. Where they differ, one of them answers with the digests of its buckets; the other says, for each bucket that differs,
 * of which reports it is made; and then either gets from the other what it lacks.
 */
export type SyncMessage =
  | { readonly kind: 'digest'; readonly digest: string; readonly clients: number }
  | { readonly kind: 'buckets'; readonly digests: readonly string[] }
  | { readonly kind: 'have'; readonly bucket: number; readonly digests: readonly string[] }
  | { readonly kind: 'want'; readonly bucket: number; readonly digests: readonly string[] }

/** The line, without its line end, that says a sync message; digests are 16 hexadecimal digits each, one after the other. */
export function formatSync(message: SyncMessage): string {
  switch (message.kind) {
    case 'digest':
      return `DIGEST ${message.digest} ${message.clients}`
    case 'buckets':
      return `BUCKETS ${message.digests.join('')}`
    case 'have':
      return `HAVE ${message.bucket} ${message.digests.join('')}`
    case 'want':
      return `WANT ${message.bucket} ${message.digests.join('')}`
  }
}

/** Reads the name and the fields of such a line; undefined if it is none. */
export function parseSync(name: string, fields: readonly string[]): SyncMessage | undefined {
  if (name === 'BUCKETS') {
    const digests = parseDigests(fields[0])
    return digests && fields.length === 1 ? { kind: 'buckets', digests } : undefined
  }
  if (name === 'DIGEST') {
    const [digest, ...more] = parseDigests(fields[0]) ?? []
    const clients = fields[1]
    if (digest === undefined || more.length > 0 || !isCount(clients) || fields.length !== 2) return undefined
    return { kind: 'digest', digest, clients: Number(clients) }
  }
  const [bucket, digestText = ''] = fields
  const digests = parseDigests(digestText)
  if (!isCount(bucket) || !digests || fields.length > 2) return undefined
  return { kind: name === 'HAVE' ? 'have' : 'want', bucket: Number(bucket), digests }
}

const DIGEST_DIGITS = 16

function parseDigests(text: string | undefined): string[] | undefined {
  if (text === undefined || text.length % DIGEST_DIGITS !== 0 || !/^[0-9a-f]*$/.test(text)) return undefined
  const digests: string[] = []
  for (let at = 0; at < text.length; at += DIGEST_DIGITS) digests.push(text.slice(at, at + DIGEST_DIGITS))
  return digests
}

function isCount(text: string | undefined): boolean {
  return text !== undefined && /^[0-9]{1,9}$/.test(text)
}
