import { maskedCrc32c } from './leveldb-crc.js'
import { readNumber, skipBytes, takeBytes, type Cursor } from './leveldb-cursor.js'

const FOOTER_BYTES = 48

/** The end of every table that was finished. */
const MAGIC = Buffer.from('57fb808b247547db', 'hex')

/** Takes a value. */
export type OnValue = (value: Buffer) => void

/**
 * Reads all values in a table file of LevelDB, without compression, whatever their keys and order. Returns how many blocks are damaged. A table
 * without an end holds nothing: a process that was killed leaves one, and its reports are still in a log. The form is that of
 * `doc/table_format.md` of LevelDB.
 */
export function readLevelDbTable(table: Buffer, onValue: OnValue): number {
  if (!table.subarray(-MAGIC.length).equals(MAGIC)) return 0
  const cursor: Cursor = { bytes: table, at: table.length - FOOTER_BYTES }
  let damaged = 0
  try {
    // The first handle is that of a list of filters, which 0.1.0 did not use.
    readHandle(cursor)
    eachEntry(blockAt(table, readHandle(cursor)), (handle) => {
      try {
        eachEntry(blockAt(table, readHandle({ bytes: handle, at: 0 })), onValue)
      } catch {
        damaged += 1
      }
    })
  } catch {
    // Beyond its end a Buffer throws. Without the list of blocks, no block is found.
    damaged += 1
  }
  return damaged
}

interface Handle {
  readonly offset: number
  readonly size: number
}

function readHandle(cursor: Cursor): Handle {
  return { offset: readNumber(cursor), size: readNumber(cursor) }
}

/** The content of a block, which its type and a checksum follow; throws if it is not as it was written. */
function blockAt(table: Buffer, { offset, size }: Handle): Buffer {
  const checksum = table.readUInt32LE(offset + size + 1)
  // The type is in the checksum too, and 0 means that the block is not compressed.
  if (table[offset + size] !== 0 || maskedCrc32c(table.subarray(offset, offset + size + 1)) !== checksum)
    throw new Error('damaged')
  return table.subarray(offset, offset + size)
}

/** Calls `onValue` with the value of each entry of a block: a key, of which the part that it shares with the one before is left out, and the value. */
function eachEntry(block: Buffer, onValue: OnValue): void {
  const restarts = block.readUInt32LE(block.length - 4)
  const end = block.length - 4 * (restarts + 1)
  const cursor: Cursor = { bytes: block, at: 0 }
  while (cursor.at < end) {
    readNumber(cursor)
    const keyBytes = readNumber(cursor)
    const valueBytes = readNumber(cursor)
    skipBytes(cursor, keyBytes)
    onValue(takeBytes(cursor, valueBytes))
  }
}
