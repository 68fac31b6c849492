import { spawn, spawnSync, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** A program that takes longer than this to start, or to end, is broken. */
const PATIENCE_MS = 60_000
const POLL_MS = 5

/** A program that is measured, in its own process. */
export class Program {
  readonly #child: ChildProcess
  readonly #words: string
  #output = ''
  #wake: () => void = () => undefined

  constructor(command: string, argv: readonly string[]) {
    this.#words = [command, ...argv].join(' ')
    this.#child = spawn(command, argv, { stdio: ['ignore', 'pipe', 'pipe'] })
    running.add(this)
    const read = (text: Buffer): void => {
      this.#output += text.toString()
      this.#wake()
    }
    this.#child.stdout?.on('data', read)
    this.#child.stderr?.on('data', read)
    this.#child.once('exit', () => {
      running.delete(this)
      this.#wake()
    })
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  get hasEnded(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null
  }

  /** Resolves when the program has printed a text a given number of times. */
  async prints(words: string, times = 1): Promise<void> {
    while (this.#output.split(words).length <= times) {
      if (this.hasEnded) throw new Error(`${this.#words} has ended:\n${this.#output}`)
      await new Promise<void>((resolve) => (this.#wake = resolve))
    }
  }

  /** Resolves when the program accepts connections at a port. */
  async listens(port: number): Promise<void> {
    for (let waitedMs = 0; !(await isOpen(port)); waitedMs += POLL_MS) {
      if (this.hasEnded || waitedMs > PATIENCE_MS)
        throw new Error(`${this.#words} does not listen:\n${this.#output}`)
      await sleep(POLL_MS)
    }
  }

  /** Ends the program, by force if it does not end by itself. */
  async stop(): Promise<void> {
    if (this.hasEnded) return
    const ended = once(this.#child, 'exit')
    this.#child.kill('SIGTERM')
    const force = setTimeout(() => this.#child.kill('SIGKILL'), PATIENCE_MS)
    await ended
    clearTimeout(force)
  }
}

const running = new Set<Program>()
const folders: string[] = []

/** Makes a folder for a program to write to. */
export function newFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'proxyherd-bench-'))
  folders.push(folder)
  return folder
}

/** Ends all running programs, and removes their folders. */
export async function cleanUp(): Promise<void> {
  await Promise.all([...running].map((program) => program.stop()))
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true })
}

/** The version that a program prints; undefined if there is no such program. */
export function versionOf(command: string): string | undefined {
  const { status, stdout } = spawnSync(command, ['--version'], { encoding: 'utf8' })
  return status === 0 ? stdout.trim() : undefined
}

/** The memory of a process in bytes. */
export function residentBytes(pid: number): number {
  const [, kibibytes = ''] = /^VmRSS:\s+([0-9]+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8')) ?? []
  return Number(kibibytes) * 1_024
}

function isOpen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port })
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => {
      resolve(false)
    })
  })
}
