import { toText } from './bytes.js'
import { parseText } from './command.js'

/**
 * The reply of a server to one command; `text` is the whole reply as received, with line ends, and `line` is its report, an `AT` line with
 * one space between its fields.
 */
export type Reply =
  | { readonly kind: 'report'; readonly text: string; readonly line: string }
  | { readonly kind: 'places'; readonly text: string; readonly line: string; readonly json: string }
  | { readonly kind: 'status'; readonly text: string; readonly json: string }
  | { readonly kind: 'refused'; readonly text: string; readonly command: string }
  /** Not a reply of this protocol. */
  | { readonly kind: 'foreign'; readonly text: string }

interface Awaited {
  readonly line: string
  readonly form: 'line' | 'places' | 'silence'
}

/**
 * Splits what a server sends into the replies to commands. The form of a reply depends on its command, so each command must be passed to
 * `expect` before its reply is pushed.
 */
export class ReplyReader {
  readonly #awaited: Awaited[] = []
  readonly #searched = new Map<string, number>()
  #unread = ''

  /** A command line, without its line end, that has been or is about to be sent. */
  expect(line: string): void {
    this.#awaited.push({ line, form: formOf(line) })
  }

  /** How many commands still need a reply. A valid `AT` gets none. */
  get outstanding(): number {
    return this.#awaited.filter(({ form }) => form !== 'silence').length
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
      replies.push(reply)
    }
    return replies
  }

  #next(): Reply | undefined {
    const lineEnd = this.#find('\n', 0)
    if (lineEnd === undefined) return undefined
    const line = this.#unread.slice(0, lineEnd)
    this.#passSilent(line)
    const isPlaces = this.#awaited[0]?.form === 'places' && line.startsWith('AT ')
    const end = isPlaces ? this.#find('\n\n', lineEnd + 1) : lineEnd
    if (end === undefined) return undefined
    this.#awaited.shift()
    this.#searched.clear()
    return readReply(this.#unread.slice(0, end + (isPlaces ? 2 : 1)), line)
  }

  // A long reply arrives in many chunks, so each part is searched only once.
  #find(mark: string, from: number): number | undefined {
    const at = this.#unread.indexOf(mark, this.#searched.get(mark) ?? from)
    // The mark may be cut in two, so the last byte is searched again.
    this.#searched.set(mark, at === -1 ? Math.max(from, this.#unread.length - 1) : at)
    return at === -1 ? undefined : at
  }

  // The only reply to an `AT` is its refusal, which has a copy of it.
  #passSilent(line: string): void {
    while (this.#awaited[0]?.form === 'silence' && line !== `? ${this.#awaited[0].line}`)
      this.#awaited.shift()
  }
}

function formOf(line: string): Awaited['form'] {
  const { kind } = parseText(line)
  if (kind === 'whatsat') return 'places'
  return kind === 'at' ? 'silence' : 'line'
}

const STATUS = 'STATUS '

function readReply(text: string, line: string): Reply {
  if (line.startsWith('? ')) return { kind: 'refused', text, command: line.slice(2) }
  if (line.startsWith(STATUS)) return { kind: 'status', text, json: line.slice(STATUS.length) }
  const command = parseText(line)
  if (command.kind !== 'at') return { kind: 'foreign', text }
  const { bytes, start, end } = command.report
  const report = toText(bytes, start, end)
  const json = text.slice(line.length + 1, -2)
  return json === '' ? { kind: 'report', text, line: report } : { kind: 'places', text, line: report, json }
}
