import type { Memory } from '../memory/memory.js'

/** The memory for reports that the servers of a process share, and its limit. */
export class MemoryBudget {
  readonly maxBytes: number
  readonly #memory: Pick<Memory, 'bytes'>
  #queueBytes = 0

  constructor(memory: Pick<Memory, 'bytes'>, maxBytes: number) {
    this.#memory = memory
    this.maxBytes = maxBytes
  }

  /** How many bytes are used: by the records, by what is needed to find them, and by the queues and indexes of the servers. */
  get bytes(): number {
    return this.#memory.bytes + this.#queueBytes
  }

  /** Whether the limit is reached, so that no new clients are admitted. */
  get isFull(): boolean {
    return this.bytes >= this.maxBytes
  }

  /** The queues and the index of a server have become larger by so many bytes. */
  addQueueBytes(bytes: number): void {
    this.#queueBytes += bytes
  }
}
