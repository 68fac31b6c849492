import { crc32 } from 'node:zlib'
import { copyBytes } from '../protocol/bytes.js'
import { parseCommand } from '../protocol/command.js'
import { LineReader } from '../protocol/lines.js'
import type { Report } from '../protocol/report.js'

const CHECKSUM_BYTES = 4

/** A report as it lies on disk: under the ID of its client, the CRC-32 of its `AT` line (little-endian), then the line. */
export interface StoredRecord {
  readonly key: Buffer
  readonly value: Buffer
}

/**
 * Makes the record of a report. When LevelDB repairs its files it checks no checksums, and a flipped bit can make another position that is
 * just as valid: hence ours.
 */
export function toRecord({ bytes, start, client, position, end }: Report): StoredRecord {
  const value = Buffer.allocUnsafe(CHECKSUM_BYTES + end - start)
  copyBytes(bytes, start, end, value, CHECKSUM_BYTES)
  value.writeUInt32LE(crc32(value.subarray(CHECKSUM_BYTES)))
  return { key: Buffer.from(bytes.subarray(client, position - 1)), value }
}

/** The report in the value of a record; undefined if the record is damaged. */
export function fromRecord(value: Buffer): Report | undefined {
  const line = value.subarray(CHECKSUM_BYTES)
  if (value.length < CHECKSUM_BYTES || value.readUInt32LE() !== crc32(line)) return undefined
  const reader = new LineReader(Infinity)
  reader.push(line)
  reader.finish()
  const command = reader.next() ? parseCommand(reader) : undefined
  return command?.kind === 'at' ? command.report : undefined
}
