import { open } from 'node:fs/promises'
import { dirname } from 'node:path'
import type { Writable } from 'node:stream'
import { PersonError } from '../person-error.js'
import { EntryWriter } from './entry-writer.js'
import { type Entry, isLogged, type LineHeader, type LogLevel } from './entry.js'
import { fileErrorText } from './file-error-text.js'
import { LogStream } from './log-stream.js'
import { makeFolder } from './make-folder.js'
import type { PeerLog } from './peer-log.js'
import { RotatingFile } from './rotating-file.js'

/** Where a server logs what happens to it. */
export interface Log {
  /**
   * Logs an entry, which is on disk after about 0.1 s. While too much data waits for the disk, entries are dropped. Their number is logged in
   * their place.
   */
  write(entry: Entry): void
  /** Logs lines from and to one peer, in the same way as `write`. Undefined if the log level excludes them, so that callers need not prepare any. */
  peer(peer: LineHeader['peer'], who: string): PeerLog | undefined
  /** Resolves when all entries are written or cannot be written, at the latest after 1 s. */
  flush(): Promise<void>
  /** Flushes, then closes the log. */
  close(): Promise<void>
}

export interface StreamLogOptions {
  /** The server's name. */
  readonly server: string
  /** Nanoseconds since 1970. */
  readonly clock: () => bigint
  readonly level: LogLevel
}

export interface LogOptions extends StreamLogOptions {
  /** `…/logs/Clark.log`. If its folder does not exist, it is created with access for its owner only. */
  readonly path: string
  /** Called with the reason when entries cannot be written: once, until writing has worked again. */
  readonly onFault: (why: string) => void
  /** Called when the log was closed. */
  readonly onClosed?: () => Promise<void>
}

/** Opens the log of a server. Rejects with a PersonError if it cannot be written. */
export async function openLog(options: LogOptions): Promise<Log> {
  const { path, onFault } = options
  await makeWritable(path)
  const file = new RotatingFile(path, {
    onFault: (why) => {
      onFault(cannotWrite(path, why))
    },
    onResumed: (why) => {
      log.write({ kind: 'server', what: 'recovered', why })
    },
  })
  const log = new EntryLog(options, file, options.onClosed)
  return log
}

/** Makes a log on a stream, such as standard output. The owner of the stream handles its errors. */
export function streamLog(options: StreamLogOptions, stream: Writable): Log {
  return new EntryLog(options, new LogStream(stream))
}

class EntryLog implements Log {
  readonly #level: LogLevel
  readonly #sink: RotatingFile | LogStream
  readonly #writer: EntryWriter
  readonly #onClosed: LogOptions['onClosed']

  constructor(
    { server, clock, level }: StreamLogOptions,
    sink: RotatingFile | LogStream,
    onClosed?: LogOptions['onClosed'],
  ) {
    this.#onClosed = onClosed
    this.#level = level
    this.#sink = sink
    this.#writer = new EntryWriter({ server, clock, file: sink })
  }

  write(entry: Entry): void {
    if (isLogged(entry, this.#level)) this.#writer.write(entry)
  }

  peer(peer: LineHeader['peer'], who: string): PeerLog | undefined {
    const received = { kind: 'in', peer, who } as const
    if (!isLogged(received, this.#level)) return undefined
    return {
      in: this.#writer.lineWriter(received),
      out: this.#writer.lineWriter({ kind: 'out', peer, who }),
    }
  }

  flush(): Promise<void> {
    return this.#sink.flush()
  }

  async close(): Promise<void> {
    await this.#sink.close()
    await this.#onClosed?.()
  }
}

async function makeWritable(path: string): Promise<void> {
  try {
    await makeFolder(dirname(path))
    const file = await open(path, 'a')
    await file.close()
  } catch (error) {
    const why = fileErrorText(error as NodeJS.ErrnoException)
    throw new PersonError(cannotWrite(path, why), 'name another folder with --state')
  }
}

function cannotWrite(path: string, why: string): string {
  return `the log ${path} cannot be written: ${why}`
}
