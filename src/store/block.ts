import { crc32 } from 'node:zlib'
import { copyBytes, LF, toText } from '../protocol/bytes.js'
import type { ReportLine } from '../protocol/report.js'
import { MAX_STATEMENT_BYTES } from '../protocol/statement.js'

/** The most bytes of lines in a block. Damage costs a whole block, and a reader holds one in memory. */
export const MAX_BLOCK_BYTES = 64 * 1024

/** The most bytes of a block's header line. */
export const MAX_HEADER_BYTES = 64

const HEADER = /^# (\d{1,6}) reports (\d{1,6}) bytes crc ([0-9a-f]{8})\n/

/** The header line of a block: how many reports follow, in how many bytes, and the CRC-32 of these. */
export interface BlockHeader {
  /** The bytes of the header line itself. */
  readonly length: number
  readonly reports: number
  readonly bytes: number
  readonly crc: number
}

/** Reads the header line that starts at an offset, for example `# 12 reports 900 bytes crc 1a2b3c4d`. Returns undefined if none does. */
export function parseBlockHeader(bytes: Buffer, start: number, end: number): BlockHeader | undefined {
  const text = toText(bytes, start, Math.min(end, start + MAX_HEADER_BYTES))
  const [line, reports, length, crc = ''] = HEADER.exec(text) ?? []
  if (line === undefined) return undefined
  return { length: line.length, reports: Number(reports), bytes: Number(length), crc: parseInt(crc, 16) }
}

/** Makes blocks, each in the same memory: header line, then the lines of the reports. */
export class BlockWriter {
  readonly #memory = Buffer.alloc(MAX_HEADER_BYTES + MAX_BLOCK_BYTES)
  #end = MAX_HEADER_BYTES
  #reports = 0

  /** Whether a report of any length still fits. */
  get hasRoom(): boolean {
    return this.#end + MAX_STATEMENT_BYTES < this.#memory.length
  }

  add({ bytes, start, end }: ReportLine): void {
    copyBytes(bytes, start, end, this.#memory, this.#end)
    this.#end += end - start
    this.#memory[this.#end] = LF
    this.#end += 1
    this.#reports += 1
  }

  /** Returns the block and begins the next one; valid until a report is added. */
  take(): Buffer {
    const lines = this.#memory.subarray(MAX_HEADER_BYTES, this.#end)
    const crc = crc32(lines).toString(16).padStart(8, '0')
    const header = `# ${this.#reports} reports ${lines.length} bytes crc ${crc}\n`
    // The lines are in place already, and the header ends where they start.
    const start = MAX_HEADER_BYTES - header.length
    this.#memory.write(header, start, 'latin1')
    const block = this.#memory.subarray(start, this.#end)
    this.#end = MAX_HEADER_BYTES
    this.#reports = 0
    return block
  }
}
