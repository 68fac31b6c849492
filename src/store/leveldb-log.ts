import { maskedCrc32c } from './leveldb-crc.js'
import { readNumber, skipBytes, takeBytes, type Cursor } from './leveldb-cursor.js'
import type { OnValue } from './leveldb-table.js'

/** A log is divided into blocks, and no part of a record crosses their borders. */
const BLOCK_BYTES = 32 * 1024

/** A checksum, a length and a type. */
const HEADER_BYTES = 7

const [FULL, FIRST, MIDDLE, LAST] = [1, 2, 3, 4]

/** Before the entries of a batch: its number and how many entries it has. */
const BATCH_HEADER_BYTES = 12

const PUT = 1

/**
 * Reads all values that were put into a log file of LevelDB. Returns how many of its blocks have damage. A log that ends in the middle of a
 * record was being written when the process was killed. The form is that of `doc/log_format.md` of LevelDB.
 */
export function readLevelDbLog(log: Buffer, onValue: OnValue): number {
  let damaged = 0
  let parts: Buffer[] = []
  for (let start = 0; start < log.length; start += BLOCK_BYTES) {
    const block = log.subarray(start, start + BLOCK_BYTES)
    const isWhole = eachPart(block, (type, part) => {
      // Parts without their first one belong to a record that was damaged.
      if (type === FULL || type === FIRST) parts = [part]
      else if (parts.length > 0 && (type === MIDDLE || type === LAST)) parts.push(part)
      else return
      if (type !== FULL && type !== LAST) return
      if (!readBatch(Buffer.concat(parts), onValue)) damaged += 1
      parts = []
    })
    if (isWhole) continue
    damaged += 1
    parts = []
  }
  return damaged
}

/** Calls `onPart` with each part of a record in a block. Returns false at the first that is damaged. */
function eachPart(block: Buffer, onPart: (type: number, part: Buffer) => void): boolean {
  let at = 0
  while (at + HEADER_BYTES <= block.length) {
    const end = at + HEADER_BYTES + block.readUInt16LE(at + 4)
    const type = block.readUInt8(at + 6)
    // The last part of a file that was cut short.
    if (end > block.length) return block.length < BLOCK_BYTES
    if (maskedCrc32c(block.subarray(at + 6, end)) !== block.readUInt32LE(at)) return false
    onPart(type, block.subarray(at + HEADER_BYTES, end))
    at = end
  }
  return true
}

/** Reads the values that a batch puts. Returns whether it could be read. */
function readBatch(batch: Buffer, onValue: OnValue): boolean {
  const cursor: Cursor = { bytes: batch, at: BATCH_HEADER_BYTES }
  try {
    while (cursor.at < batch.length) {
      // 0.1.0 removed nothing.
      if (takeBytes(cursor, 1).readUInt8() !== PUT) return false
      skipBytes(cursor, readNumber(cursor))
      onValue(takeBytes(cursor, readNumber(cursor)))
    }
    return true
  } catch {
    return false
  }
}
