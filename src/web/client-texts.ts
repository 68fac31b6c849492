import { MAX_PAGE_BYTES } from './http-limits.js'

/** The clients of a page in JSON, until it has as many clients as are asked for, or about as many bytes as it may have. */
export class ClientTexts {
  readonly #limit: number
  readonly #texts: string[] = []
  #bytes = 0

  constructor(limit: number) {
    this.#limit = limit
  }

  /** Whether nothing more fits. The first client always does. */
  get isFull(): boolean {
    return this.#texts.length >= this.#limit || this.#bytes >= MAX_PAGE_BYTES
  }

  /** Adds a client as long as the page is not full. Returns whether it was not. */
  add(client: () => object): boolean {
    if (this.isFull) return false
    const text = JSON.stringify(client())
    this.#texts.push(text)
    this.#bytes += Buffer.byteLength(text)
    return true
  }

  /** The clients as a JSON array. */
  get array(): string {
    return `[${this.#texts.join(',')}]`
  }
}
