import { lstat, readFile, rename, unlink } from 'node:fs/promises'
import { connect, createServer, type Server } from 'node:net'
import { basename, join, resolve } from 'node:path'
import { PersonError } from '../person-error.js'
import { unlessGone } from './pinned-file.js'

/** The longest path of a socket: `sun_path` of Linux has 108 bytes, with a zero at the end, and that of other systems 104. */
const MAX_SOCKET_PATH_BYTES = 103

/**
 * The lock on a data folder: a socket `LOCK` in it, on which this process listens. The system ends that with the process, however it dies. A
 * process that finds the socket connects to it, and so learns whether another process still listens.
 */
export class FolderLock {
  readonly #path: string
  readonly #inode: bigint | undefined
  readonly #listener: Server

  private constructor(path: string, inode: bigint | undefined, listener: Server) {
    this.#path = path
    this.#inode = inode
    this.#listener = listener
  }

  /**
   * Takes the lock, or that of a file in the folder; `fd` is that of the open folder. Throws a PersonError if another process has it, or an
   * error of files.
   */
  static async take(folder: string, fd: number, name = 'LOCK'): Promise<FolderLock> {
    const path = join(folder, name)
    const address = socketPath(path, fd)
    if (await isLockedByLevelDb(path)) throw inUse(folder)
    let listener = await listenAt(address)
    if (!listener && !(await isAnswered(address))) {
      await unlessGone(unlink(path))
      listener = await listenAt(address)
    }
    if (!listener) throw inUse(folder)
    const found = await unlessGone(lstat(path, { bigint: true }))
    return new FolderLock(path, found?.ino, listener)
  }

  /** Whether the lock is still in its place. It is not if another process that started at the same time took it for a leftover. */
  async isHeld(): Promise<boolean> {
    const found = await unlessGone(lstat(this.#path, { bigint: true }))
    return found !== undefined && found.ino === this.#inode
  }

  /** Releases the lock and removes it. */
  async release(): Promise<void> {
    const aside = `${this.#path}.aside`
    // Closing removes whatever is at the path, which may be the lock of another process by now.
    const isAside = !(await this.isHeld()) && (await movedTo(this.#path, aside))
    await new Promise((resolve) => this.#listener.close(resolve))
    if (isAside) await movedTo(aside, this.#path)
  }
}

/** Moves what is at a path. Returns whether there was anything. */
async function movedTo(from: string, to: string): Promise<boolean> {
  return (await unlessGone(rename(from, to).then(() => true))) ?? false
}

/** The path of a socket, which must be short: a long one leads through the open folder. */
function socketPath(path: string, fd: number): string {
  const absolute = resolve(path)
  return Buffer.byteLength(absolute) > MAX_SOCKET_PATH_BYTES
    ? `/proc/self/fd/${fd}/${basename(path)}`
    : absolute
}

/** Listens on a socket; returns undefined if there is a file already. */
async function listenAt(path: string): Promise<Server | undefined> {
  const listener = createServer((socket) => socket.destroy())
  listener.unref()
  const error = await new Promise<NodeJS.ErrnoException | undefined>((resolve) => {
    listener.once('error', resolve)
    listener.listen(path, () => {
      resolve(undefined)
    })
  })
  if (!error) return listener
  if (error.code === 'EADDRINUSE') return undefined
  throw error
}

/** Whether a process listens. Only a refusal and a missing socket mean that none does; it may be too busy to accept. */
async function isAnswered(path: string): Promise<boolean> {
  const socket = connect(path)
  const code = await new Promise<string | undefined>((resolve) => {
    socket.once('connect', () => {
      resolve(undefined)
    })
    socket.once('error', (error: NodeJS.ErrnoException) => {
      resolve(error.code)
    })
  })
  socket.destroy()
  return code !== 'ECONNREFUSED' && code !== 'ENOENT'
}

/** Whether a process of version 0.1.0 has the folder: LevelDB's `LOCK` is a file with a lock of the system, which Linux lists by inode. */
async function isLockedByLevelDb(path: string): Promise<boolean> {
  const found = await unlessGone(lstat(path))
  if (!found?.isFile()) return false
  const locks = String(await unlessGone(readFile('/proc/locks', 'latin1')))
  return locks.includes(`:${found.ino} `)
}

function inUse(folder: string): PersonError {
  return new PersonError(
    `the data in ${folder} are in use by another process`,
    `see which with "lsof ${folder}", or keep nothing on disk with --no-store`,
  )
}
