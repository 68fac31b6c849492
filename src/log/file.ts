import { mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { pino } from 'pino'
import { PersonError } from '../person-error.js'
import {
  type Entry,
  formatTime,
  isLogged,
  isPlain,
  type LogLevel,
  toLogged,
  toLoggedTogether,
  type Traffic,
} from './entry.js'
import { Gate } from './gate.js'
import { RotatingFile } from './rotating-file.js'
import { Together } from './together.js'
import { fileWords } from './words.js'

/** Where a server logs what happens to it. */
export interface Log {
  /**
   * Takes an entry, to be written within 0.1 s. While too much waits for the disk none is taken; how many are missing is
   * logged in their place.
   */
  write(entry: Entry): void
  /** Whether traffic with a client, or a neighbour, is logged at all: if not, its lines need not be made text. */
  logs(peer: Traffic['peer']): boolean
  /** Takes a line in or out, of traffic that is logged. Those that follow one another, alike but for their lines, are written together. */
  line(kind: Traffic['kind'], peer: Traffic['peer'], who: string, line: string): void
  /** Resolves when all entries are written, or cannot be, or after 1 s. */
  flush(): Promise<void>
  /** As `flush`; then the log is closed. */
  close(): Promise<void>
}

export interface LogOptions {
  /** `…/logs/Clark.log`; its folder is made if need be. */
  readonly path: string
  /** The server's name. */
  readonly server: string
  /** Nanoseconds since 1970. */
  readonly clock: () => bigint
  readonly level: LogLevel
  /** Told in words when entries cannot be written: once, until it has worked again. */
  readonly onFault: (words: string) => void
}

/** Opens a server's log, whose lines are JSON objects. Rejects with a PersonError when it cannot be written. */
export async function openLog(options: LogOptions): Promise<Log> {
  await makeWritable(options.path)
  return new FileLog(options)
}

class FileLog implements Log {
  readonly #level: LogLevel
  readonly #clock: () => bigint
  readonly #file: RotatingFile
  readonly #gate: Gate
  readonly #together: Together

  constructor({ path, server, clock, level, onFault }: LogOptions) {
    this.#level = level
    this.#clock = clock
    this.#file = new RotatingFile(
      path,
      (words) => {
        onFault(cannotWrite(path, words))
      },
      () => {
        this.#together.end()
      },
    )
    let time = 0n
    const logger = pino(
      {
        base: { server },
        // Pino puts the level first, with a brace before it and a comma behind. Without one, the time is first.
        formatters: { level: () => ({}) },
        timestamp: () => `"time":"${formatTime(time)}"`,
      },
      this.#file,
    )
    this.#gate = new Gate(this.#file, (object, at) => {
      time = at
      logger.info(object)
    })
    this.#together = new Together(clock, (traffic, lines, at) => {
      this.#gate.pass(toLoggedTogether(traffic, lines), at, lines.length)
    })
  }

  write(entry: Entry): void {
    if (!isLogged(entry, this.#level)) return
    this.#together.end()
    this.#gate.pass(toLogged(entry), this.#clock())
  }

  logs(peer: Traffic['peer']): boolean {
    return isLogged({ kind: 'in', peer, who: '' }, this.#level)
  }

  line(kind: Traffic['kind'], peer: Traffic['peer'], who: string, line: string): void {
    if (isPlain(line)) this.#together.add({ kind, peer, who }, line)
    else this.write({ kind, peer, who, line })
  }

  flush(): Promise<void> {
    this.#together.end()
    return this.#file.flush()
  }

  close(): Promise<void> {
    this.#together.end()
    return this.#file.close()
  }
}

async function makeWritable(path: string): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o755 })
    const file = await open(path, 'a')
    await file.close()
  } catch (error) {
    const words = fileWords(error as NodeJS.ErrnoException)
    throw new PersonError(cannotWrite(path, words), 'name another folder with --state')
  }
}

function cannotWrite(path: string, words: string): string {
  return `the log ${path} cannot be written: ${words}`
}
