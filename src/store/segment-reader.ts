import type { FileHandle } from 'node:fs/promises'
import { crc32 } from 'node:zlib'
import { LF } from '../protocol/bytes.js'
import { MAX_BLOCK_BYTES, MAX_HEADER_BYTES, parseBlockHeader } from './block.js'

/** How much of a file is read at a time. Between two reads, other work of the process goes on. */
const CHUNK_BYTES = 1024 * 1024

const MAX_BYTES = MAX_HEADER_BYTES + MAX_BLOCK_BYTES

const NEXT_HEADER = Buffer.from('\n# ')

/** A part of a file that is not as it was written. */
export interface DamagedRange {
  readonly start: number
  readonly end: number
  /** How many reports it held, as far as can be seen. */
  readonly reports: number
}

/** Takes the lines of a block. Returns whether all of them are reports. */
export type OnBlock = (bytes: Buffer, start: number, end: number) => boolean

/**
 * Reads the blocks of a file from byte `start` up to byte `end`. A block that is damaged is skipped, up to the next header. Returns the
 * damaged parts. Throws an error of files, or the reason of the signal when that is aborted.
 */
export async function readBlocks(
  file: FileHandle,
  range: { readonly start: number; readonly end: number },
  onBlock: OnBlock,
  signal: AbortSignal | undefined,
): Promise<DamagedRange[]> {
  const reader = new SegmentReader(range.start, onBlock)
  while (reader.readFrom < range.end) {
    signal?.throwIfAborted()
    const { memory, at } = reader.room()
    const most = Math.min(memory.length - at, range.end - reader.readFrom)
    const { bytesRead } = await file.read(memory, at, most, reader.readFrom)
    // It was cut short meanwhile.
    if (bytesRead === 0) break
    reader.take(bytesRead)
  }
  return reader.finish()
}

class SegmentReader {
  readonly #memory = Buffer.alloc(CHUNK_BYTES + MAX_BYTES)
  readonly #onBlock: OnBlock
  readonly #damaged: DamagedRange[] = []
  /** Where the unread bytes start and end in memory, and where they start in the file. */
  #from = 0
  #to = 0
  #offset: number

  constructor(start: number, onBlock: OnBlock) {
    this.#offset = start
    this.#onBlock = onBlock
  }

  /** The offset in the file from which to read on. */
  get readFrom(): number {
    return this.#offset + this.#to - this.#from
  }

  /** The memory to read into. */
  room(): { readonly memory: Buffer; readonly at: number } {
    this.#memory.copyWithin(0, this.#from, this.#to)
    this.#to -= this.#from
    this.#from = 0
    return { memory: this.#memory, at: this.#to }
  }

  /** Takes bytes that were read: all blocks but the last ones, which may not be complete. */
  take(bytes: number): void {
    this.#to += bytes
    while (this.#to - this.#from >= MAX_BYTES) this.#takeBlock()
  }

  /** Takes what is left at the end of the file. */
  finish(): DamagedRange[] {
    while (this.#to > this.#from) this.#takeBlock()
    return this.#damaged
  }

  #takeBlock(): void {
    const header = parseBlockHeader(this.#memory, this.#from, this.#to)
    const start = this.#from + (header?.length ?? 0)
    const end = start + (header?.bytes ?? 0)
    const isWhole = header && end <= this.#to && crc32(this.#memory.subarray(start, end)) === header.crc
    if (isWhole && this.#onBlock(this.#memory, start, end)) {
      this.#advance(end)
      return
    }
    const found = this.#memory.subarray(start, this.#to).indexOf(NEXT_HEADER)
    const next = found === -1 ? this.#to : start + found + 1
    this.#addDamage(next, header?.reports ?? this.#countLines(next))
    this.#advance(next)
  }

  #advance(to: number): void {
    this.#offset += to - this.#from
    this.#from = to
  }

  /** Adds damage up to a place in memory; damaged blocks in a row are one range. */
  #addDamage(to: number, reports: number): void {
    const end = this.#offset + to - this.#from
    const last = this.#damaged.at(-1)
    if (last?.end === this.#offset)
      this.#damaged.splice(-1, 1, { start: last.start, end, reports: last.reports + reports })
    else this.#damaged.push({ start: this.#offset, end, reports })
  }

  #countLines(to: number): number {
    let lines = 0
    for (let at = this.#from; at < to; at += 1) if (this.#memory[at] === LF) lines += 1
    return lines
  }
}
