import { escapeControlsInJson } from '../log/escape-text.js'
import { toText } from '../protocol/bytes.js'
import { parseText } from '../protocol/command.js'
import type { Reply } from '../protocol/replies.js'
import { instantOf } from '../protocol/time.js'
import { systemClock } from '../server/clock.js'
import { formatReplyForTerminal, formatReplyJson } from './format-reply.js'
import { refusalHint } from './refusal-hint.js'
import { hint, note, type Streams } from './streams.js'
import { fromWireText } from './wire-text.js'

/** How many clients are remembered whose reports the server has sent. */
const MAX_REMEMBERED_CLIENTS = 10_000

interface ConversationOptions {
  /** The name of the server in messages. */
  readonly server: string
  readonly json: boolean
  /** Whether each refusal gets a hint, or only the first. */
  readonly isPrompt: boolean
}

/** Prints the replies of one server, and explains what they do not say. */
export class Conversation {
  readonly #options: ConversationOptions
  readonly #streams: Streams
  readonly #clock = systemClock()
  readonly #reportedClients = new Set<string>()
  #refusals = 0
  #foreign = 0
  #hasWarnedOfReport = false

  constructor(options: ConversationOptions, streams: Streams) {
    this.#options = options
    this.#streams = streams
  }

  /** Whether a command was refused, or a reply was not that of a herd server. */
  get hasFailed(): boolean {
    return this.#refusals > 0 || this.#foreign > 0
  }

  /** A command was sent. */
  sent(line: string): void {
    const parsed = parseText(line)
    if (parsed.kind !== 'at' || this.#hasWarnedOfReport) return
    this.#hasWarnedOfReport = true
    const { bytes, start, client, position } = parsed.report
    const [, origin = ''] = toText(bytes, start, client).split(' ')
    const names = [origin, toText(bytes, client, position - 1), this.#options.server].map(fromWireText)
    note(
      `an AT gets no reply: if ${names[2]} trusts this host, it stores and floods this as the report of "${names[1]}" that ${names[0]} received`,
      this.#streams,
    )
  }

  /** Replies have arrived together. */
  received(replies: readonly Reply[]): void {
    const { stdout } = this.#streams
    const text = replies.map((reply) => this.#format(reply)).join('')
    stdout.write(this.#options.json || stdout.isTTY ? text : Buffer.from(text, 'latin1'))
    for (const reply of replies) this.#explain(reply)
  }

  /** The text of a reply: byte for byte, as wire text, but escaped if it goes to a terminal. */
  #format(reply: Reply): string {
    const { isTTY } = this.#streams.stdout
    if (!this.#options.json) return isTTY ? formatReplyForTerminal(reply.text) : reply.text
    if (reply.kind === 'blank') return ''
    const json = formatReplyJson(reply)
    return `${isTTY ? escapeControlsInJson(json) : json}\n`
  }

  #explain(reply: Reply): void {
    switch (reply.kind) {
      case 'report':
      case 'places':
        this.#remember(reply.line)
        return
      case 'refused':
        this.#refusals += 1
        // A file of commands needs no more than one hint.
        if (this.#options.isPrompt || this.#refusals === 1) hint(this.#hintFor(reply.command), this.#streams)
        return
      case 'foreign':
        this.#foreign += 1
        if (this.#options.isPrompt || this.#foreign === 1) note(this.#foreignWords(reply.text), this.#streams)
        return
      case 'forgotten':
        this.#reportedClients.delete(reply.line.split(' ')[1] ?? '')
        return
      case 'near':
      case 'status':
      case 'auth':
      case 'blank':
    }
  }

  #remember(line: string): void {
    const [, , , client = ''] = line.split(' ')
    this.#reportedClients.add(client)
    if (this.#reportedClients.size <= MAX_REMEMBERED_CLIENTS) return
    const [oldest = ''] = this.#reportedClients
    this.#reportedClients.delete(oldest)
  }

  #hintFor(command: string): string {
    return refusalHint({
      command,
      server: this.#options.server,
      now: instantOf(this.#clock()),
      hasReportOf: (client) => this.#reportedClients.has(client),
    })
  }

  #foreignWords(text: string): string {
    const line = fromWireText(text).trimEnd()
    const parsed = parseText(text.trimEnd())
    if (parsed.kind === 'malformed' && parsed.unknown === undefined)
      return `"${line}" is not a valid reply: ${fromWireText(parsed.why)}`
    return `${this.#options.server} may not be a herd server: "${line}" is not a reply of one`
  }
}
