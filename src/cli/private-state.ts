import { constants, type Stats } from 'node:fs'
import { open, readdir, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * The umask of a server: only its owner may use what it creates. This also covers sockets, which take no permissions.
 */
export const PRIVATE_UMASK = 0o077

/** Do not follow a symbolic link, and do not wait for a pipe. */
const OPEN_AS_IS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

/** `Clark.log`, one that was rotated, or the lock that a killed server has left. */
const LOG_FILE = /\.log(\.([0-9]|lock))?$/

const DATA_FILE = /^(LABEL|\d{8}\.(journal|snapshot))$/

/**
 * Removes all permissions but the owner's from the logs and data under a state folder, which earlier versions left readable. Returns how
 * many files and folders changed. Files that are not proxyherd's stay as they are, and so does a folder that holds any, and so does the
 * state folder itself, which may belong to somebody else. Never rejects.
 */
export async function makeStatePrivate(state: string): Promise<number> {
  let changed = 0
  for (const { name, isFolder } of await list(state)) {
    const path = join(state, name)
    const ours = isFolder && name === 'logs' ? await logsIn(path) : []
    if (isFolder && name === 'data') ours.push(...(await dataIn(path)))
    for (const each of ours) if (await makePrivate(each)) changed += 1
  }
  return changed
}

interface FolderEntry {
  readonly name: string
  /** Whether it is a folder, and not a link to one. */
  readonly isFolder: boolean
}

async function list(folder: string): Promise<FolderEntry[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  return entries.map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }))
}

/** The log files in a folder, and the folder itself if it holds nothing else. */
async function logsIn(folder: string): Promise<string[]> {
  const entries = await list(folder)
  const logs = entries.filter(({ name, isFolder }) => !isFolder && LOG_FILE.test(name))
  const paths = logs.map(({ name }) => join(folder, name))
  return logs.length > 0 && logs.length === entries.length ? [folder, ...paths] : paths
}

/** Everything in the data folders of servers, which contain a file of a journal or, since version 0.1.0, a file LABEL; and their parent folder if it holds nothing else. */
async function dataIn(folder: string): Promise<string[]> {
  const entries = await list(folder)
  let owned = 0
  const paths: string[] = []
  for (const { name, isFolder } of entries) {
    const files = isFolder ? await list(join(folder, name)) : []
    if (!files.some((file) => DATA_FILE.test(file.name))) continue
    owned += 1
    paths.push(...(await allIn(join(folder, name))))
  }
  return owned > 0 && owned === entries.length ? [folder, ...paths] : paths
}

/** A folder and everything in it, at any depth. */
async function allIn(folder: string): Promise<string[]> {
  const paths = [folder]
  for (const { name, isFolder } of await list(folder)) {
    const path = join(folder, name)
    paths.push(...(isFolder ? await allIn(path) : [path]))
  }
  return paths
}

async function makePrivate(path: string): Promise<boolean> {
  try {
    const file = await open(path, OPEN_AS_IS)
    return await restrict(file).finally(() => file.close())
  } catch {
    // A link, already removed, or not ours: in each case there is nothing to make private.
    return false
  }
}

async function restrict(file: FileHandle): Promise<boolean> {
  const stats = await file.stat()
  const isPrivate = (stats.mode & PRIVATE_UMASK) === 0
  if (isPrivate || !isOwn(stats)) return false
  await file.chmod(stats.mode & 0o7777 & ~PRIVATE_UMASK)
  return true
}

/** Whether it belongs to the user of this process and is not a hard link to a file elsewhere. */
function isOwn(stats: Stats): boolean {
  return stats.uid === process.geteuid?.() && (stats.isDirectory() || stats.nlink === 1)
}
