import { parseAuthReply } from './auth-line.js'
import { toText } from './bytes.js'
import { parseText, type Command } from './command.js'
import { TLS_ONLY } from './refusal.js'

/**
 * The reply of a server to one command; `text` is the whole reply as received, with line ends, and `line` is its report, an `AT` line with
 * one space between its fields.
 */
export type Reply =
  | { readonly kind: 'report'; readonly text: string; readonly line: string }
  | { readonly kind: 'places'; readonly text: string; readonly line: string; readonly json: string }
  /** The reports of the clients near a point, nearest first. */
  | { readonly kind: 'near'; readonly text: string; readonly lines: readonly string[] }
  /** What was asked for is forgotten; `line` is the whole reply without its line end. */
  | { readonly kind: 'forgotten'; readonly text: string; readonly line: string }
  | { readonly kind: 'status'; readonly text: string; readonly json: string }
  /** To `AUTH`: the name of the token, empty if none is needed. */
  | { readonly kind: 'auth'; readonly text: string; readonly name: string }
  | { readonly kind: 'refused'; readonly text: string; readonly command: string }
  /** Not a reply of this protocol. */
  | { readonly kind: 'foreign'; readonly text: string }
  /** An empty line before a reply. Some servers copy the line end of a command that they refuse. */
  | { readonly kind: 'blank'; readonly text: string }

/** What the reply to a command looks like. That to a `WATCH` is reports without end. */
type Form = 'line' | 'places' | 'near' | 'stream'

const FORMS: Readonly<Partial<Record<Command['kind'], Form>>> = {
  whatsat: 'places',
  near: 'near',
  watch: 'stream',
}

interface Awaited {
  readonly line: string
  readonly form: Form
}

/** How many answered commands are kept before they are removed in one go: removing one by one would move all others each time. */
const MAX_ANSWERED = 1_024

/**
 * Splits what a server sends into the replies to commands. The form of a reply depends on its command, so each command must be passed to
 * `expect` before its reply is pushed.
 */
export class ReplyReader {
  #awaited: Awaited[] = []
  /** How many of these are answered. */
  #answered = 0
  readonly #searched = new Map<string, number>()
  #unread = ''

  /** A command line, without its line end, that has been or is about to be sent. A valid `AT` gets no reply. */
  expect(line: string): void {
    const { kind } = parseText(line)
    if (kind === 'at') return
    this.#awaited.push({ line, form: FORMS[kind] ?? 'line' })
  }

  /** How many commands still need a reply. */
  get outstanding(): number {
    return this.#awaited.length - this.#answered
  }

  /** Whether the server sends what is watched, or nothing, for ever. */
  get isStreaming(): boolean {
    return this.#awaited[this.#answered]?.form === 'stream'
  }

  /** The first of them. */
  get oldest(): string | undefined {
    return this.#awaited[this.#answered]?.line
  }

  /** How many bytes of an incomplete reply have arrived. */
  get unreadBytes(): number {
    return this.#unread.length
  }

  /** Takes latin1 text that has arrived; returns the replies that are now complete, in order. */
  push(text: string): Reply[] {
    this.#unread += text
    const replies: Reply[] = []
    for (let reply = this.#next(); reply; reply = this.#next()) {
      this.#unread = this.#unread.slice(reply.text.length)
      this.#searched.clear()
      replies.push(reply)
    }
    return replies
  }

  #next(): Reply | undefined {
    const lineEnd = this.#find('\n', 0)
    if (lineEnd === undefined) return undefined
    const line = this.#unread.slice(0, lineEnd)
    const form = this.#awaited[this.#answered]?.form
    if (form === 'near' && (line === '' || line.startsWith('AT '))) return this.#nextNear(line)
    if (BLANK.test(line)) return { kind: 'blank', text: this.#unread.slice(0, lineEnd + 1) }
    const isPlaces = form === 'places' && line.startsWith('AT ')
    const end = isPlaces ? this.#find('\n\n', lineEnd + 1) : lineEnd
    if (end === undefined) return undefined
    const reply = readReply(this.#unread.slice(0, end + (isPlaces ? 2 : 1)), line)
    if (this.#answers(reply)) this.#shift()
    return reply
  }

  /** The reply to a NEAR: reports up to an empty line, and perhaps none. */
  #nextNear(firstLine: string): Reply | undefined {
    const end = firstLine === '' ? -1 : this.#find('\n\n', 0)
    if (end === undefined) return undefined
    this.#shift()
    const text = this.#unread.slice(0, end + 2)
    return {
      kind: 'near',
      text,
      lines: text
        .split('\n')
        .slice(0, -2)
        .filter((line) => line !== ''),
    }
  }

  /** Whether a reply is the last one to the command that awaits one. */
  #answers(reply: Reply): boolean {
    // A stream goes on unless its command is refused. The lines after it are refused as well.
    if (this.isStreaming) return reply.kind === 'refused' && reply.command === this.oldest
    // The only reply to an `AT` is its refusal, which has a copy of it.
    return reply.kind !== 'refused' || parseText(reply.command).kind !== 'at'
  }

  #shift(): void {
    if (this.outstanding > 0) this.#answered += 1
    if (this.#answered < MAX_ANSWERED) return
    this.#awaited = this.#awaited.slice(this.#answered)
    this.#answered = 0
  }

  // A long reply arrives in many chunks, so each part is searched only once.
  #find(mark: string, from: number): number | undefined {
    const at = this.#unread.indexOf(mark, this.#searched.get(mark) ?? from)
    // The mark may be cut in two, so the last byte is searched again.
    this.#searched.set(mark, at === -1 ? Math.max(from, this.#unread.length - 1) : at)
    return at === -1 ? undefined : at
  }
}

/** Whether the server accepts only TLS, and has closed the connection after this reply. */
export function needsTls(reply: Reply): boolean {
  return reply.kind === 'refused' && reply.command === TLS_ONLY
}

/** White space that ends a line of another program. */
const BLANK = /^\r?$/

const STATUS = 'STATUS '

const FORGOTTEN = /^FORGOTTEN \S+(?: [0-9.]+)?\s*$/

function readReply(text: string, line: string): Reply {
  if (line.startsWith('? ')) return { kind: 'refused', text, command: line.slice(2) }
  if (FORGOTTEN.test(line)) return { kind: 'forgotten', text, line: line.trimEnd() }
  if (line.startsWith(STATUS)) return { kind: 'status', text, json: line.slice(STATUS.length) }
  const name = parseAuthReply(line)
  if (name !== undefined) return { kind: 'auth', text, name }
  const command = parseText(line)
  if (command.kind !== 'at') return { kind: 'foreign', text }
  const { bytes, start, end } = command.report
  const report = toText(bytes, start, end)
  const json = text.slice(line.length + 1, -2)
  return json === '' ? { kind: 'report', text, line: report } : { kind: 'places', text, line: report, json }
}
