/**
 * What a message on the engine is: a report to keep, a sign of life that also shows what was missed, a note that messages were removed from
 * the stream, or a statement to keep that is no plain report.
 */
export type MessageKind = 'report' | 'heartbeat' | 'removed' | 'statement'

/** The first bytes of each message, unencrypted: what it is, and which message of which run of which carrier. */
export interface Header {
  /** Later versions may send other kinds. They are numbered like all messages, and skipped. */
  readonly kind: MessageKind | 'unknown'
  readonly isSealed: boolean
  /** Distinguishes the runs of a carrier: `START_BYTES` bytes, different at each start. */
  readonly start: Uint8Array
  /** The messages of a run are numbered from 1. */
  readonly number: number
}

/** The version of the format. */
const FORMAT = 1

const KINDS: readonly (MessageKind | undefined)[] = [undefined, 'report', 'heartbeat', 'removed', 'statement']

const SEALED = 1

export const START_BYTES = 16

const START_AT = 4
const NUMBER_AT = START_AT + START_BYTES

/** The length of a header: format, kind, flags, an unused byte, the start, and the number in 8 bytes. */
export const HEADER_BYTES = NUMBER_AT + 8

/** Writes a header at the start of a message. */
export function writeHeader(
  message: Uint8Array,
  { kind, isSealed, start, number }: Header & { readonly kind: MessageKind },
): void {
  message[0] = FORMAT
  message[1] = KINDS.indexOf(kind)
  message[2] = isSealed ? SEALED : 0
  message[3] = 0
  message.set(start, START_AT)
  viewOf(message).setBigUint64(NUMBER_AT, BigInt(number))
}

/** Parses the header of a message; undefined if it is none, or of a later version. The start is valid as long as the message. */
export function parseHeader(message: Uint8Array): Header | undefined {
  const [format, kind = 0, flags = 0] = message
  if (message.length < HEADER_BYTES || format !== FORMAT || flags > SEALED) return undefined
  const number = Number(viewOf(message).getBigUint64(NUMBER_AT))
  if (!Number.isSafeInteger(number)) return undefined
  return {
    kind: KINDS[kind] ?? 'unknown',
    isSealed: flags === SEALED,
    start: message.subarray(START_AT, START_AT + START_BYTES),
    number,
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
}
