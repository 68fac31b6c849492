import { isUtf8 } from 'node:buffer'
import { PlacesError } from './provider.js'

/** A byte order mark of UTF-8, as latin1 text. */
const BYTE_ORDER_MARK = '\xef\xbb\xbf'

/**
 * The body of an answer as latin1 text of its UTF-8 bytes, without a byte order mark. UTF-8, which JSON must be, stays as it is, whatever
 * charset `contentType` names. All else is converted from that charset. Throws a PlacesError if that is impossible.
 */
export function decodeBody(body: Buffer, contentType = ''): string {
  const wideCharset = wideCharsetOf(body)
  if (wideCharset === undefined && isUtf8(body)) {
    const text = body.toString('latin1')
    return text.startsWith(BYTE_ORDER_MARK) ? text.slice(BYTE_ORDER_MARK.length) : text
  }
  try {
    const text = new TextDecoder(wideCharset ?? charsetIn(contentType), { fatal: true }).decode(body)
    return Buffer.from(text).toString('latin1')
  } catch {
    throw new PlacesError('sent text that is neither UTF-8 nor in the charset that it names')
  }
}

/** JSON in UTF-16 begins with a byte order mark, or with an ASCII character, one of whose bytes is 0. In UTF-8 neither can be. */
function wideCharsetOf(body: Buffer): string | undefined {
  const [first, second] = body
  if ((first === 0xff && second === 0xfe) || (first !== 0 && second === 0)) return 'utf-16le'
  if ((first === 0xfe && second === 0xff) || (first === 0 && second !== 0)) return 'utf-16be'
  return undefined
}

/** The charset of a content type, which is UTF-8 if it names none. */
function charsetIn(contentType: string): string {
  return /charset="?([^\s";]+)/i.exec(contentType)?.[1] ?? 'utf-8'
}
