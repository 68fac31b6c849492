import { toBytes } from '../../protocol/bytes.js'
import { fault, quote, type Fault } from './incoming.js'

/** As many as a line of a client may have. */
export const MAX_CLIENT_BYTES = 4_096

const WHITE_SPACE = /[\t\n\v\f\r ]/

/**
 * Checks a client ID, given as latin1 text of its bytes. One with white space cannot be part of a line. It is refused and not altered: the client would
 * have one name in the app and another one everywhere else. `hint` says where it is set.
 */
export function parseAppClient(latin1: string, hint: string): Uint8Array | Fault {
  if (latin1 === '') return fault(`the request names no client: ${hint}`)
  if (WHITE_SPACE.test(latin1))
    return fault(
      `the client ID ${quote(Buffer.from(latin1, 'latin1').toString())} has white space in it: ${hint}`,
    )
  if (latin1.length > MAX_CLIENT_BYTES)
    return fault(`the client ID has ${latin1.length} bytes, more than ${MAX_CLIENT_BYTES}: ${hint}`)
  return toBytes(latin1)
}

/** The first of some client IDs in JSON that is set, as latin1 text of its UTF-8 bytes; empty if none is. */
export function firstSet(...ids: readonly (string | null | undefined)[]): string {
  const id = ids.find((each) => typeof each === 'string' && each !== '') ?? ''
  return Buffer.from(id).toString('latin1')
}
