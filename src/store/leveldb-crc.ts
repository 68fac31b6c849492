/** The reversed polynomial of Castagnoli. */
const POLYNOMIAL = 0x82f63b78

/** What each value of a byte comes to, four bytes each. */
const REMAINDERS = new DataView(new ArrayBuffer(256 * 4))
for (let byte = 0; byte < 256; byte += 1) {
  let remainder = byte
  for (let bit = 0; bit < 8; bit += 1) remainder = (remainder >>> 1) ^ (remainder & 1 ? POLYNOMIAL : 0)
  REMAINDERS.setInt32(byte * 4, remainder)
}

/** The CRC-32C of some bytes (RFC 3720), from 0 to 2^32 - 1. Node itself has only the CRC-32 of zip files. */
export function crc32c(bytes: Uint8Array): number {
  let checksum = -1
  for (const byte of bytes) checksum = REMAINDERS.getInt32(((checksum ^ byte) & 255) * 4) ^ (checksum >>> 8)
  return ~checksum >>> 0
}

/** The checksum that LevelDB stores for some bytes: rotated and shifted, because checksums of bytes that hold checksums are weak. */
export function maskedCrc32c(bytes: Uint8Array): number {
  const checksum = crc32c(bytes)
  return (((checksum >>> 15) | (checksum << 17)) + 0xa282ead8) >>> 0
}
