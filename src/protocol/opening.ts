import { ByteWriter, LF, toText } from './bytes.js'
import { MAX_LINE_BYTES } from './lines.js'

/** Another protocol that a peer uses. */
export type ForeignProtocol = 'HTTP' | 'TLS'

/** What the first bytes of a connection show. `bytes` are those that have arrived so far and matter. */
export type Opened =
  | { readonly kind: 'undecided' }
  | { readonly kind: 'lines'; readonly bytes: Uint8Array }
  | { readonly kind: 'foreign'; readonly protocol: ForeignProtocol }

/** How many bytes at the start and at the end of the first line are examined. */
const HEAD_BYTES = 16
const TAIL_BYTES = 32

/** The first record of TLS is a handshake, and its version begins with 3 (RFC 8446, 5.1). */
const TLS = '\x16\x03'

/** A method that HTTP defines (RFC 9110, 9.1; RFC 5789) and a target. */
const REQUEST = /^(?:CONNECT|DELETE|GET|HEAD|OPTIONS|PATCH|POST|PUT|TRACE) (?:\/|\*|https?:)/

/**
 * The end of a request line. A page chooses the method and the target of its requests, and their lengths; after DNS rebinding the method
 * can be any token, such as IAMAT. But a browser always ends the line with the version, and no command ends with one, so this check alone keeps
 * browsers out: `IAMAT /dev/x +1+1 5` is a command, `IAMAT /dev/x HTTP/1.1` is a request, and `GET kiwi` is an invalid command.
 */
const VERSION = /[\t ]HTTP\/\d\.\d[\t\v\f\r ]*$/

const UNDECIDED: Opened = { kind: 'undecided' }

/**
 * Decides from the first line of a connection whether the peer sends commands. Until then it holds the bytes back, so that no part of a
 * foreign protocol is executed, wherever TCP cuts it. Memory is bounded: of an overlong line it holds only as much as makes a LineReader
 * find the line too long.
 */
export class Opening {
  #head = ''
  #tail = ''
  #held: ByteWriter | undefined
  #isForeign = false

  /** Takes bytes that have arrived. Drops them once a foreign protocol was found. */
  push(piece: Uint8Array): Opened {
    if (this.#isForeign) return UNDECIDED
    const end = piece.indexOf(LF)
    const lineEnd = end === -1 ? piece.length : end
    this.#head += toText(piece, 0, Math.min(lineEnd, HEAD_BYTES - this.#head.length))
    const tail = toText(piece, Math.max(0, lineEnd - TAIL_BYTES), lineEnd)
    this.#tail = (this.#tail + tail).slice(-TAIL_BYTES)
    if (this.#head.startsWith(TLS)) return this.#foreign('TLS')
    if (REQUEST.test(this.#head)) return this.#foreign('HTTP')
    if (end !== -1) return this.#decide(piece, end)
    this.#hold(piece)
    return UNDECIDED
  }

  /** What has arrived of the first line, as latin1 text. */
  get text(): string {
    return this.#held ? toText(this.#held.bytes, 0, this.#held.length) : ''
  }

  /** Decides when the peer has closed its side before the first line ended. */
  finish(): Opened {
    return this.#isForeign ? UNDECIDED : this.#decide(new Uint8Array(0), 0)
  }

  #decide(piece: Uint8Array, end: number): Opened {
    if (VERSION.test(this.#tail)) return this.#foreign('HTTP')
    const held = this.#held
    if (!held) return { kind: 'lines', bytes: piece }
    this.#hold(piece.subarray(0, end))
    held.copy(piece, end, piece.length)
    return { kind: 'lines', bytes: held.take() }
  }

  #foreign(protocol: ForeignProtocol): Opened {
    this.#isForeign = true
    this.#held = undefined
    return { kind: 'foreign', protocol }
  }

  #hold(piece: Uint8Array): void {
    this.#held ??= new ByteWriter(HEAD_BYTES)
    this.#held.copy(piece, 0, Math.min(piece.length, MAX_LINE_BYTES + 1 - this.#held.length))
  }
}

const SENTENCE = 'This port speaks the proxyherd line protocol.\n'

/**
 * The answer to a peer that uses HTTP or TLS. It is HTTP for both: TLS clients then report that the server does not use TLS, whereas a
 * TLS alert would look like a version mismatch.
 */
export const FOREIGN_ANSWER = [
  'HTTP/1.1 400 Bad Request',
  'Connection: close',
  'Content-Type: text/plain; charset=utf-8',
  `Content-Length: ${SENTENCE.length}`,
  '',
  SENTENCE,
].join('\r\n')
