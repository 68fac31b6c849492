import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { newHerdKey, parseHerdKeys } from '../../src/net/herd-key.js';
import { askStatus, statusPeer } from '../fixtures/asking.js';
import { freePorts, topologyFile } from '../fixtures/files.js';
import { Program } from '../fixtures/program.js';
/** The two servers that are linked. */
export const SERVERS = ['Bernard', 'Clark'];
/** How often a server is asked whether something has happened. */
export const POLL_MS = 5;
const programs = new Set();
const folders = [];
// Nothing that was started is left behind, whatever ends this process.
process.once('exit', () => {
    for (const program of programs)
        program.kill('SIGKILL');
    for (const folder of folders)
        rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
});
/** A folder that is removed when this process ends. */
export function newFolder() {
    const folder = mkdtempSync(join(tmpdir(), 'proxyherd-measure-'));
    folders.push(folder);
    return folder;
}
/** The other server of a pair. */
export function otherOf(name) {
    return name === 'Bernard' ? 'Clark' : 'Bernard';
}
/** Two servers, each a process, that reach each other over slow links only. Clients reach them without delay. */
export class Pair {
    #topology;
    #keys;
    #commandOf;
    #running = new Map();
    constructor(topology, keys, commandOf) {
        this.#topology = topology;
        this.#keys = keys;
        this.#commandOf = commandOf;
    }
    /** Lays the links and writes the files of two servers, and starts neither. `prepare` may fill the folder for their state. */
    static async lay(network, { delayMs, hasKey }, prepare = () => undefined) {
        const folder = newFolder();
        const topology = await freePorts({ servers: SERVERS, links: [SERVERS] });
        for (const name of SERVERS) {
            const neighbour = otherOf(name);
            const port = await network.open(portIn(topology, neighbour), delayMs);
            const servers = new Map([...topology.servers, [neighbour, { host: '127.0.0.1', port }]]);
            writeFileSync(join(folder, `${name}.json`), topologyFile({ ...topology, servers }));
        }
        const stateFolder = join(folder, 'state');
        prepare(stateFolder);
        const flags = ['--state', stateFolder, '--log', 'links'];
        const keyFile = join(folder, 'herd.key');
        const keyText = newHerdKey();
        if (hasKey) {
            writeFileSync(keyFile, keyText, { mode: 0o600 });
            flags.push('--herd-key', keyFile);
        }
        const keys = hasKey ? parseHerdKeys(keyText, keyFile) : undefined;
        return new Pair(topology, keys, (name) => [
            'serve',
            name,
            '--topology',
            join(folder, `${name}.json`),
            ...flags,
        ]);
    }
    port(name) {
        return portIn(this.#topology, name);
    }
    /** Starts a server. Resolves, when it listens, to the time at which it said so. */
    async start(name) {
        const program = new Program(this.#commandOf(name));
        programs.add(program);
        void program.ended.then(() => programs.delete(program));
        await program.prints('listens on');
        const listensAtMs = performance.now();
        this.#running.set(name, { program, statusPeer: await statusPeer(this.port(name), this.#keys) });
        return listensAtMs;
    }
    /** Ends a server cleanly. */
    async stop(name) {
        const running = this.#running.get(name);
        if (!running)
            return;
        this.#running.delete(name);
        running.statusPeer.destroy();
        running.program.kill('SIGTERM');
        await running.program.ended;
    }
    async close() {
        await Promise.all(SERVERS.map((name) => this.stop(name)));
    }
    async status(name) {
        const running = this.#running.get(name);
        if (!running)
            throw new Error(`${name} does not run`);
        return askStatus(running.statusPeer);
    }
    async statuses() {
        return Promise.all(SERVERS.map((name) => this.status(name)));
    }
    /** How many links have been lost since the servers were started: the count of the end that has lost more. */
    get lostLinks() {
        const lost = [...this.#running.values()].map(({ program }) => program.printed.split('lost the link').length - 1);
        return Math.max(0, ...lost);
    }
    /** Resolves to the time at which both ends are seen to be linked; undefined if that takes too long. */
    linked(withinMs) {
        return this.#until(withinMs, (statuses) => statuses.every(isLinked));
    }
    /** Resolves to the time at which both ends are seen to have the same digest; undefined if that takes too long. */
    equal(withinMs) {
        return this.#until(withinMs, ([one, other]) => one?.digest === other?.digest);
    }
    async #until(withinMs, isRight) {
        const deadlineMs = performance.now() + withinMs;
        for (;;) {
            if (isRight(await this.statuses()))
                return performance.now();
            if (performance.now() > deadlineMs)
                return undefined;
            await sleep(POLL_MS);
        }
    }
}
/** Whether a server is linked to the other as proxyherd: as anything else, they do not catch up. */
export function isLinked({ links }) {
    return links.every((link) => link.state === 'up' && link.kind === 'proxyherd');
}
/** When a server's link came up, in milliseconds since 1970; undefined while it is down. */
export function upSinceMs({ links: [link] }) {
    return link?.state === 'up' ? Date.parse(link.upSince) : undefined;
}
function portIn({ servers }, name) {
    return servers.get(name)?.port ?? 0;
}
