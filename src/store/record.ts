import { crc32 } from 'node:zlib'
import { parseCommand } from '../protocol/command.js'
import type { Report } from '../protocol/report.js'

const CHECKSUM_BYTES = 4

/**
 * A report as it lies on disk: the CRC-32 of its `AT` line (little-endian), then the line. When LevelDB repairs its files it checks no
 * checksums, and a flipped bit can make another position that is just as valid.
 */
export function toRecord({ line }: Report): Buffer {
  const record = Buffer.allocUnsafe(CHECKSUM_BYTES + line.length)
  record.write(line, CHECKSUM_BYTES, 'latin1')
  record.writeUInt32LE(crc32(record.subarray(CHECKSUM_BYTES)))
  return record
}

/** The report in a record; undefined if the record is damaged. */
export function fromRecord(record: Buffer): Report | undefined {
  const line = record.subarray(CHECKSUM_BYTES)
  if (record.length < CHECKSUM_BYTES || record.readUInt32LE() !== crc32(line)) return undefined
  const command = parseCommand(line.toString('latin1'))
  return command.kind === 'at' ? command.report : undefined
}
