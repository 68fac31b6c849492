import { constants, type Stats } from 'node:fs'
import { open, readdir, type FileHandle } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * The umask of a server: all that it creates is for its owner alone. One place covers all, also what LevelDB creates, which takes no
 * permissions.
 */
export const PRIVATE_UMASK = 0o077

/** A symbolic link is not followed, and a pipe is not waited for. */
const OPEN_AS_IS = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK

/** `Clark.log`, or one that was rotated. */
const LOG_FILE = /\.log(\.[0-9])?$/

/**
 * Takes all permissions but the owner's from the logs and data under a state folder, which earlier versions left readable. Gives how many
 * files and folders changed. Files that are not proxyherd's stay as they are, and so does a folder that holds any; so does the state folder
 * itself, which may be that of somebody else. Never rejects.
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

interface Listed {
  readonly name: string
  /** Whether it is a folder, not a link to one. */
  readonly isFolder: boolean
}

async function list(folder: string): Promise<Listed[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch(() => [])
  return entries.map((entry) => ({ name: entry.name, isFolder: entry.isDirectory() }))
}

/** The log files in a folder, and the folder itself if it holds these and nothing else. */
async function logsIn(folder: string): Promise<string[]> {
  const entries = await list(folder)
  const logs = entries.filter(({ name, isFolder }) => !isFolder && LOG_FILE.test(name))
  const paths = logs.map(({ name }) => join(folder, name))
  return logs.length > 0 && logs.length === entries.length ? [folder, ...paths] : paths
}

/** All that is in the data folders of servers, which have a label, and the folder of these if it holds them and nothing else. */
async function dataIn(folder: string): Promise<string[]> {
  const entries = await list(folder)
  let owned = 0
  const paths: string[] = []
  for (const { name, isFolder } of entries) {
    const files = isFolder ? await list(join(folder, name)) : []
    if (!files.some((file) => file.name === 'LABEL')) continue
    owned += 1
    paths.push(...(await allIn(join(folder, name))))
  }
  return owned > 0 && owned === entries.length ? [folder, ...paths] : paths
}

/** A folder and all that is in it, at any depth. */
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
    return await takePermissions(file).finally(() => file.close())
  } catch {
    // A link, or already gone, or not ours to change: then it was not ours to make private either.
    return false
  }
}

async function takePermissions(file: FileHandle): Promise<boolean> {
  const stats = await file.stat()
  const isPrivate = (stats.mode & PRIVATE_UMASK) === 0
  if (isPrivate || !isOwn(stats)) return false
  await file.chmod(stats.mode & 0o7777 & ~PRIVATE_UMASK)
  return true
}

/** Whether it belongs to the user of this process, and cannot be a hard link to a file elsewhere. */
function isOwn(stats: Stats): boolean {
  return stats.uid === process.geteuid?.() && (stats.isDirectory() || stats.nlink === 1)
}
