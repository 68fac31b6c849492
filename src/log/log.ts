import { mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { type Logger, pino } from 'pino'
import { PersonError } from '../person-error.js'
import { type Entry, formatTime, isLogged, type LogLevel, toLogged, type LineHeader } from './entry.js'
import { LOG_FOLDER } from './rotated-files.js'
import { DropCounter } from './drop-counter.js'
import { RotatingFile } from './rotating-file.js'
import { type PeerLog, Together } from './together.js'
import { fileErrorText } from './file-error-text.js'

/** Where a server logs what happens to it. */
export interface Log {
  /**
   * Takes an entry, to be written within 0.1 s. While too much waits for the disk none is taken; how many are missing is
   * logged in their place.
   */
  write(entry: Entry): void
  /** What lines in and out of a client, or a neighbour, are given to, to be written soon as well; undefined if they are not logged at all. */
  peer(peer: LineHeader['peer'], who: string): PeerLog | undefined
  /** Resolves when all entries are written, or cannot be, or after 1 s. */
  flush(): Promise<void>
  /** As `flush`; then the log is closed. */
  close(): Promise<void>
}

export interface LogOptions {
  /** `…/logs/Clark.log`; its folder is made if need be, for its owner alone. */
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
  readonly #file: RotatingFile
  readonly #logger: Logger
  readonly #gate: DropCounter
  readonly #together: Together

  constructor({ path, server, clock, level, onFault }: LogOptions) {
    this.#level = level
    const logFault = (why: string): void => {
      this.#logger.info({ kind: 'server', what: 'fault', why })
    }
    this.#file = new RotatingFile(path, {
      onFault: (words) => {
        onFault(cannotWrite(path, words))
      },
      onResumed: logFault,
      onExit: () => {
        this.#together.end()
      },
    })
    this.#logger = pino(
      {
        base: { server },
        // Pino puts the level first, with a brace before it and a comma behind. Without one, the time is first.
        formatters: { level: () => ({}) },
        timestamp: () => `"time":"${formatTime(clock())}"`,
      },
      this.#file,
    )
    this.#gate = new DropCounter(this.#file, logFault)
    this.#together = new Together({
      server,
      clock,
      admits: (entries) => this.#gate.admits(entries),
      write: (lines) => {
        this.#file.write(lines)
      },
      writeAlone: (entry) => {
        this.write(entry)
      },
    })
  }

  write(entry: Entry): void {
    if (!isLogged(entry, this.#level)) return
    this.#together.end()
    if (this.#gate.admits(1)) this.#logger.info(toLogged(entry))
  }

  peer(peer: LineHeader['peer'], who: string): PeerLog | undefined {
    const isPeerLogged = isLogged({ kind: 'in', peer, who }, this.#level)
    return isPeerLogged ? this.#together.open({ peer, who }) : undefined
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
    await mkdir(dirname(path), LOG_FOLDER)
    const file = await open(path, 'a')
    await file.close()
  } catch (error) {
    const words = fileErrorText(error as NodeJS.ErrnoException)
    throw new PersonError(cannotWrite(path, words), 'name another folder with --state')
  }
}

function cannotWrite(path: string, words: string): string {
  return `the log ${path} cannot be written: ${words}`
}
