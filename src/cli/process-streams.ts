import type { EventEmitter } from 'node:events'
import { constants } from 'node:os'
import { isatty } from 'node:tty'
import { fileErrorText } from '../log/file-error-text.js'
import { EXIT } from './exit.js'
import { internalErrorText, printError } from './print-error.js'
import { note, UncaughtError, type Streams } from './streams.js'

/** Signals that ask the program to end. Unhandled, each would kill it before it has committed its reports. */
const END_SIGNALS = ['SIGINT', 'SIGTERM', 'SIGQUIT', 'SIGUSR2'] as const

/** Under npm, Ctrl-C reaches us twice: from the terminal and, shortly after, from npm. Nobody presses it twice within this time. */
const NPM_FORWARD_MS = 300

/** The exit code of a process that a signal has ended is this and the number of the signal, as shells show it. */
const SIGNAL_EXIT = 128

/** When a start is over. What servers do not need to start is loaded then. */
const START_MS = 500

/** Servers stop within 5 s; a disk that does not answer must not keep a program that has failed. */
const MAX_STOP_MS = 10_000

/** The part of a process that is used here. */
export interface RunningProcess
  extends Omit<Streams, 'signal' | 'keepRunning'>, Pick<EventEmitter, 'on' | 'removeAllListeners'> {
  readonly argv: readonly string[]
  readonly execArgv: readonly string[]
  exitCode?: number | string | null | undefined
  exit(code?: number): void
  readonly pid: number
  kill(pid: number, signal: NodeJS.Signals): unknown
}

/** What a test replaces, apart from the process. */
interface System {
  /** A clock in milliseconds. */
  readonly now: () => number
  /** Whether a file descriptor is a terminal that still exists. */
  readonly isTerminal: (fd: number) => boolean
  /** Calls a function when the start is over, unless the program has ended by then. */
  readonly afterStart: (action: () => void) => void
}

const SYSTEM: System = {
  now: () => performance.now(),
  isTerminal: isatty,
  afterStart: (action) => {
    setTimeout(action, START_MS).unref()
  },
}

/**
 * The streams of the running process, with its signals: SIGINT, SIGTERM, SIGQUIT and SIGUSR2 abort `signal`, and a second one ends the
 * process at once; SIGHUP aborts `signal` too, but makes a program that keeps running reload, unless standard input was a
 * terminal at the start; SIGUSR1 does nothing. An error that nothing catches aborts `signal` with an UncaughtError as its reason if the
 * program keeps running, and ends it otherwise.
 */
export function processStreams(
  process: RunningProcess,
  { now, isTerminal, afterStart }: System = SYSTEM,
): Streams {
  const { stdin, stdout, stderr, env } = process
  const stop = new AbortController()
  let reload: (() => void) | undefined
  handleEndSignals(process, stop, now, () => reload !== undefined)
  handleUncaughtErrors(process, stop, () => reload !== undefined)
  handleHangUp(process, stop, () => reload)
  keepInspectorClosed(process, afterStart)
  handleLostTerminal(process, isTerminal)
  handleOutputErrors(process, () => reload !== undefined)
  const keepRunning = (onReload: () => void): void => {
    reload = onReload
  }
  return { stdin, stdout, stderr, env, signal: stop.signal, keepRunning }
}

function handleEndSignals(
  process: RunningProcess,
  stop: AbortController,
  now: () => number,
  isKeptRunning: () => boolean,
): void {
  const isUnderNpm = process.env['npm_lifecycle_event'] !== undefined
  let last: { readonly name: string; readonly atMs: number } | undefined
  for (const name of END_SIGNALS)
    process.on(name, () => {
      const isForwarded = isUnderNpm && last?.name === name && now() - last.atMs < NPM_FORWARD_MS
      last = { name, atMs: now() }
      if (isForwarded) return
      if (stop.signal.aborted) process.exit(SIGNAL_EXIT + constants.signals[name])
      else if (isKeptRunning()) note(name === 'SIGINT' ? STOPPING_BY_KEY : 'stopping', process)
      stop.abort()
    })
}

const STOPPING_BY_KEY = 'stopping; press Ctrl-C again to end at once'

function handleUncaughtErrors(
  process: RunningProcess,
  stop: AbortController,
  isKeptRunning: () => boolean,
): void {
  let hasFailed = false
  process.on('uncaughtException', (error: unknown) => {
    // What stops may fail in the same way again, and must not be kept from writing what it has.
    if (hasFailed) return
    hasFailed = true
    printError(error, process)
    if (!isKeptRunning()) {
      process.exit(EXIT.failed)
      return
    }
    setTimeout(() => {
      process.exit(EXIT.failed)
    }, MAX_STOP_MS).unref()
    stop.abort(new UncaughtError(internalErrorText(error), { cause: error }))
  })
  process.on('exit', () => {
    if (hasFailed) process.exitCode = EXIT.failed
  })
}

// A terminal that is closed may send SIGHUP twice, from the kernel and from the shell, so a second one does not end the process at once.
function handleHangUp(
  process: RunningProcess,
  stop: AbortController,
  reload: () => (() => void) | undefined,
): void {
  const hasTerminal = process.stdin.isTTY === true
  process.on('SIGHUP', () => {
    const onReload = hasTerminal ? undefined : reload()
    if (!onReload) stop.abort()
    else if (!stop.signal.aborted) onReload()
  })
}

/**
 * Node.js aborts with a core dump if it exits after its terminal is gone. So the process kills itself with SIGHUP instead, as the
 * system expects.
 */
function handleLostTerminal(process: RunningProcess, isTerminal: System['isTerminal']): void {
  const { stdin, stdout, stderr } = process
  const terminals = [stdin, stdout, stderr].flatMap(({ isTTY }, fd) => (isTTY === true ? [fd] : []))
  process.on('exit', () => {
    if (terminals.every(isTerminal)) return
    process.removeAllListeners('SIGHUP')
    process.kill(process.pid, 'SIGHUP')
  })
}

/** SIGUSR1 opens Node's inspector, through which every user of this machine could run code in this process. */
function keepInspectorClosed(process: RunningProcess, afterStart: System['afterStart']): void {
  process.on('SIGUSR1', () => undefined)
  const isWanted = [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''].join(' ').includes('--inspect')
  // A signal that came before the listener may have opened it. That is rare, and the start is not delayed for it.
  if (!isWanted) afterStart(closeInspector)
}

function closeInspector(): void {
  const inspector = process.getBuiltinModule('node:inspector')
  if (inspector.url() !== undefined) inspector.close()
}

/** Whether the reader of an output is gone, as with `| head`. */
function isReaderGone({ code }: NodeJS.ErrnoException): boolean {
  return code === 'EPIPE'
}

function handleOutputErrors(process: RunningProcess, isKeptRunning: () => boolean): void {
  const { stdout, stderr } = process
  let isReported = false
  stdout.on('error', (error: NodeJS.ErrnoException) => {
    const words = `proxyherd: cannot write to standard output: ${isReaderGone(error) ? 'its reader is gone' : fileErrorText(error)}`
    if (isKeptRunning()) {
      if (!isReported) stderr.write(`${words}; the servers keep running\n`)
      isReported = true
      return
    }
    // A reader that is gone is not an error.
    if (!isReaderGone(error)) stderr.write(`${words}\n`)
    process.exit(isReaderGone(error) ? undefined : EXIT.failed)
  })
  let hasFailed = false
  stderr.on('error', (error: NodeJS.ErrnoException) => {
    if (!isKeptRunning() && !isReaderGone(error)) hasFailed = true
  })
  process.on('exit', () => {
    if (hasFailed) process.exitCode = EXIT.failed
  })
}
