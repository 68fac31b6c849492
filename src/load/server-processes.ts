import { readdir, readFile, readlink } from 'node:fs/promises'
import type { Address } from '../net/dial.js'
import { isLoopback } from '../net/loopback.js'

/** The unit of CPU times in /proc, USER_HZ, whatever the kernel uses internally. */
const TICKS_PER_SECOND = 100

const LISTENING = '0A'

/**
 * The processes of this machine that listen on these addresses; undefined if not all of them are visible, or if an address is not on this
 * machine. `proc` is the folder of Linux's process information.
 */
export async function listenersAt(
  addresses: readonly Address[],
  proc = '/proc',
): Promise<number[] | undefined> {
  if (!addresses.every(({ host }) => isLoopback(host))) return undefined
  const sockets = await listeningSockets(proc)
  const wanted = addresses.map(({ port }) => sockets.get(port))
  const owners = await ownersOf(new Set(wanted.flatMap((inodes) => inodes ?? [])), proc)
  const pids = wanted.map((inodes) =>
    inodes?.map((inode) => owners.get(inode)).find((pid) => pid !== undefined),
  )
  return pids.includes(undefined) ? undefined : [...new Set(pids as number[])]
}

/** The CPU time in seconds that these processes have used so far, including the kernel's; undefined if one cannot be read. */
export async function cpuSeconds(pids: readonly number[], proc = '/proc'): Promise<number | undefined> {
  const ticks = await Promise.all(pids.map((pid) => ticksOf(pid, proc)))
  return ticks.reduce<number | undefined>(
    (sum, each) => (sum === undefined || each === undefined ? undefined : sum + each / TICKS_PER_SECOND),
    0,
  )
}

/** The inodes of listening sockets, by port. */
async function listeningSockets(proc: string): Promise<Map<number, string[]>> {
  const sockets = new Map<number, string[]>()
  for (const table of ['tcp', 'tcp6']) {
    const text = await readFile(`${proc}/net/${table}`, 'latin1').catch(() => '')
    for (const line of text.split('\n')) {
      const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/)
      if (state !== LISTENING) continue
      const port = Number.parseInt(local.slice(local.indexOf(':') + 1), 16)
      sockets.set(port, [...(sockets.get(port) ?? []), inode])
    }
  }
  return sockets
}

/** For each of these inodes of sockets, the process that has it open, as far as permissions allow. */
async function ownersOf(inodes: ReadonlySet<string>, proc: string): Promise<Map<string, number>> {
  const owners = new Map<string, number>()
  const pids = (await readdir(proc).catch(() => [])).filter((name) => /^[0-9]+$/.test(name))
  for (const pid of pids) {
    const folder = `${proc}/${pid}/fd`
    const files = await readdir(folder).catch(() => [])
    for (const file of files) {
      const [, inode] =
        /^socket:\[([0-9]+)\]$/.exec(await readlink(`${folder}/${file}`).catch(() => '')) ?? []
      if (inode !== undefined && inodes.has(inode)) owners.set(inode, Number(pid))
    }
  }
  return owners
}

async function ticksOf(pid: number, proc: string): Promise<number | undefined> {
  const text = await readFile(`${proc}/${pid}/stat`, 'latin1').catch(() => '')
  // The second field is the program name in parentheses, which may contain any character.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
  const [userTicks, systemTicks] = [Number(fields[11]), Number(fields[12])]
  return Number.isNaN(userTicks + systemTicks) ? undefined : userTicks + systemTicks
}
