import { Chalk, type ChalkInstance } from 'chalk'
import { describeEntry } from '../log/describe-entry.js'
import { escapeControls, escapeControlsInJson } from '../log/escape-text.js'
import type { LogLine } from '../log/log-reader.js'
import { severityOf, type Severity } from '../log/severity.js'
import { isSyncEntry } from '../log/sync-entry.js'
import { LogTimes } from './log-times.js'

export interface LogFormatOptions {
  /** The servers that are known to have logs. */
  readonly servers: readonly string[]
  /** Only lines that match are shown. It has the flag `g`. */
  readonly grep: RegExp | undefined
  /** Whether what keeps servers in sync is shown too. */
  readonly sync: boolean
  readonly json: boolean
  readonly utc: boolean
  readonly colour: boolean
  /** The time now, as in entries. */
  readonly now: string
}

/** The fields of a line as shown. */
type Shown = [date: string, timeOfDay: string, server: string, words: string]

/** Decides which entries of logs are shown, and formats them for people or as JSON. */
export class LogFormat {
  readonly #options: LogFormatOptions
  readonly #times: LogTimes
  readonly #chalk: ChalkInstance
  readonly #colours: readonly ChalkInstance[]
  readonly #severityColours: Readonly<Record<Severity, (text: string) => string>>
  readonly #servers = new Map<string, ChalkInstance>()
  #width = 0
  #date: string

  constructor(options: LogFormatOptions) {
    this.#options = options
    this.#times = new LogTimes(options.utc)
    this.#chalk = new Chalk({ level: options.colour ? 1 : 0 })
    const { cyan, yellow, magenta, green, blue } = this.#chalk
    this.#colours = [cyan, yellow, magenta, green, blue]
    this.#severityColours = { info: String, warning: yellow, error: this.#chalk.red }
    for (const server of options.servers) this.#colourOf(server)
    this.#date = this.#times.split(options.now).date
  }

  /** Whether a line is shown. A pattern is matched against the date and all that is shown, with one space between fields. */
  isWanted(line: LogLine): boolean {
    const { grep, sync } = this.#options
    if (!sync && isSyncEntry(line.entry)) return false
    return !grep || this.#shown(line).join(' ').search(grep) !== -1
  }

  /** Formats lines, each with its line end. For people, a line with the date comes first where it is another day. */
  format(lines: readonly LogLine[]): string {
    const format = this.#options.json ? formatJson : (line: LogLine) => this.#formatLine(line)
    return lines.map(format).join('')
  }

  #formatLine(line: LogLine): string {
    const shown = this.#shown(line)
    const [date, timeOfDay, server, words] = shown
    const marks = this.#marksIn(shown.join(' '))
    const timeAt = date.length + 1
    const serverAt = timeAt + timeOfDay.length + 1
    const colour = this.#colourOf(server)
    const fields = [
      this.#paint(timeOfDay, timeAt, marks, this.#chalk.dim),
      this.#paint(server, serverAt, marks, colour) + ' '.repeat(this.#width - server.length),
      this.#paint(words, serverAt + server.length + 1, marks, this.#severityColours[severityOf(line.entry)]),
    ]
    const heading = date === this.#date ? '' : `${this.#chalk.dim(`-- ${date} --`)}\n`
    this.#date = date
    return `${heading}${fields.join(' ')}\n`
  }

  #shown({ time, server, entry }: LogLine): Shown {
    const { date, timeOfDay } = this.#times.split(time)
    return [date, timeOfDay, escapeControls(server), describeEntry(entry)]
  }

  #colourOf(server: string): ChalkInstance {
    const known = this.#servers.get(server)
    if (known) return known
    const colour = this.#colours[this.#servers.size % this.#colours.length] as ChalkInstance
    this.#servers.set(server, colour)
    this.#width = Math.max(this.#width, server.length)
    return colour
  }

  /** Where the pattern matches. */
  #marksIn(text: string): [start: number, end: number][] {
    const { grep, colour } = this.#options
    if (!grep || !colour) return []
    return [...text.matchAll(grep)].map((match) => [match.index, match.index + match[0].length])
  }

  /** Colours a field that starts at an offset of the line, and highlights what lies in the marks. */
  #paint(
    field: string,
    start: number,
    marks: readonly [start: number, end: number][],
    colour: (text: string) => string,
  ): string {
    let painted = ''
    let done = 0
    for (const mark of marks) {
      const [from, to] = mark.map((at) => Math.min(Math.max(at - start, done), field.length)) as [
        number,
        number,
      ]
      if (from === to) continue
      painted += colour(field.slice(done, from)) + colour(this.#chalk.inverse(field.slice(from, to)))
      done = to
    }
    return painted + colour(field.slice(done))
  }
}

function formatJson({ text }: LogLine): string {
  return `${escapeControlsInJson(text)}\n`
}
