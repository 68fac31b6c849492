/** A place in bytes that are read from start to end. */
export interface Cursor {
  readonly bytes: Buffer
  at: number
}

/** Reads a number: seven bits a byte, the lowest first; the eighth says that more follow. Throws beyond the end. */
export function readNumber(cursor: Cursor): number {
  let number = 0
  let factor = 1
  let byte: number
  do {
    byte = cursor.bytes.readUInt8(cursor.at)
    cursor.at += 1
    number += (byte % 128) * factor
    factor *= 128
  } while (byte >= 128)
  return number
}

/** Reads some bytes. */
export function takeBytes(cursor: Cursor, count: number): Buffer {
  skipBytes(cursor, count)
  return cursor.bytes.subarray(cursor.at - count, cursor.at)
}

export function skipBytes(cursor: Cursor, count: number): void {
  cursor.at += count
}
