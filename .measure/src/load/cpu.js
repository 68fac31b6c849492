import { readdir, readFile, readlink } from 'node:fs/promises';
import { isLoopback } from '../net/loopback.js';
/** In which unit Linux tells CPU time to programs, whatever its own is. */
const TICKS_PER_SECOND = 100;
const LISTENING = '0A';
/**
 * The processes of this machine that listen at these addresses, where Linux lets us see them; undefined when it does not show all of them,
 * or one is of another machine. `proc` is where Linux shows its processes.
 */
export async function listenersAt(addresses, proc = '/proc') {
    if (!addresses.every(({ host }) => isLoopback(host)))
        return undefined;
    const sockets = await listeningSockets(proc);
    const wanted = addresses.map(({ port }) => sockets.get(port));
    const owners = await ownersOf(new Set(wanted.flatMap((inodes) => inodes ?? [])), proc);
    const pids = wanted.map((inodes) => inodes?.map((inode) => owners.get(inode)).find((pid) => pid !== undefined));
    return pids.includes(undefined) ? undefined : [...new Set(pids)];
}
/** How much CPU time, in seconds, these processes have used so far, in the kernel for them included; undefined if one cannot be read. */
export async function cpuSeconds(pids, proc = '/proc') {
    const ticks = await Promise.all(pids.map((pid) => ticksOf(pid, proc)));
    return ticks.reduce((sum, each) => (sum === undefined || each === undefined ? undefined : sum + each / TICKS_PER_SECOND), 0);
}
/** The inodes of listening sockets, by port. */
async function listeningSockets(proc) {
    const sockets = new Map();
    for (const table of ['tcp', 'tcp6']) {
        const text = await readFile(`${proc}/net/${table}`, 'latin1').catch(() => '');
        for (const line of text.split('\n')) {
            const [, local = '', , state, , , , , , inode = ''] = line.trim().split(/\s+/);
            if (state !== LISTENING)
                continue;
            const port = Number.parseInt(local.slice(local.indexOf(':') + 1), 16);
            sockets.set(port, [...(sockets.get(port) ?? []), inode]);
        }
    }
    return sockets;
}
/** The process that has each of these sockets open, by inode, as far as we may look. */
async function ownersOf(inodes, proc) {
    const owners = new Map();
    const pids = (await readdir(proc).catch(() => [])).filter((name) => /^[0-9]+$/.test(name));
    for (const pid of pids) {
        const folder = `${proc}/${pid}/fd`;
        const files = await readdir(folder).catch(() => []);
        for (const file of files) {
            const [, inode] = /^socket:\[([0-9]+)\]$/.exec(await readlink(`${folder}/${file}`).catch(() => '')) ?? [];
            if (inode !== undefined && inodes.has(inode))
                owners.set(inode, Number(pid));
        }
    }
    return owners;
}
async function ticksOf(pid, proc) {
    const text = await readFile(`${proc}/${pid}/stat`, 'latin1').catch(() => '');
    // The second field is the name of the program in parentheses, and may hold any character.
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    const [userTicks, systemTicks] = [Number(fields[11]), Number(fields[12])];
    return Number.isNaN(userTicks + systemTicks) ? undefined : userTicks + systemTicks;
}
