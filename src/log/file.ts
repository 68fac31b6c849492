import { mkdir, open } from 'node:fs/promises'
import { dirname } from 'node:path'
import { pino } from 'pino'
import { PersonError } from '../person-error.js'
import { type Entry, formatTime, isLogged, type LogLevel, toLogged } from './entry.js'
import { RotatingFile } from './rotating-file.js'
import { fileWords } from './words.js'

/** Where a server logs what happens to it. */
export interface Log {
  /**
   * Takes an entry, to be written within 0.1 s. While too much waits for the disk none is taken; how many are missing is
   * logged in their place.
   */
  write(entry: Entry): void
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
  const { path, server, clock, level, onFault } = options
  await makeWritable(path)
  const file = new RotatingFile(path, (words) => {
    onFault(cannotWrite(path, words))
  })
  const logger = pino(
    {
      base: { server },
      // Pino puts the level first, with a brace before it and a comma behind. Without one, the time is first.
      formatters: { level: () => ({}) },
      timestamp: () => `"time":"${formatTime(clock())}"`,
    },
    file,
  )
  const log = (entry: Entry): void => {
    logger.info(toLogged(entry))
  }
  let missing = 0
  return {
    write(entry) {
      if (!isLogged(entry, level)) return
      if (file.isFull) {
        missing += 1
        return
      }
      if (missing > 0)
        log({
          kind: 'server',
          what: 'fault',
          why: `entries that the disk did not take are missing here: ${missing}`,
        })
      missing = 0
      log(entry)
    },
    flush: () => file.flush(),
    close: () => file.close(),
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
