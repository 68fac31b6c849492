import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { isLoopback } from '../net/loopback.js';
import { PersonError } from '../person-error.js';
import { unknownKeys } from './unknown-keys.js';
/** A name is a field of an `AT` line and the name of a log file, so it has no white space and no slash. */
const NAME = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,63}$/;
const address = z.object({
    host: z.string().min(1),
    port: z.int().min(0).max(65_535),
    listen: z.string().min(1).optional(),
});
/** A later version may have more keys; they are ignored, with a warning. */
const schema = z.object({
    servers: z.record(z.string(), address),
    links: z.array(z.tuple([z.string(), z.string()])),
});
/** There is no such file. */
export class MissingTopology extends PersonError {
}
/** Reads and checks a topology file; `file` is what messages call it. Throws a PersonError that quotes the culprit. */
export async function readTopology(path, file = String(path)) {
    let text;
    try {
        text = await readFile(path, 'utf8');
    }
    catch (error) {
        const hint = 'name a topology file with --topology, or leave it out to use the one that ships';
        if (error.code === 'ENOENT')
            throw new MissingTopology(`there is no ${file}`, hint);
        throw new PersonError(`${file} cannot be read: ${error.message}`, hint);
    }
    return parseTopology(text, file);
}
/** Checks the text of a topology; `file` is what messages call it. Throws a PersonError that quotes the culprit. */
export function parseTopology(text, file) {
    const wrong = (what, hint) => new PersonError(`${file}: ${what}`, hint);
    let json;
    try {
        json = JSON.parse(text);
    }
    catch (error) {
        throw wrong(`not JSON: ${error.message}`);
    }
    const checked = schema.safeParse(json);
    if (!checked.success)
        throw wrong(shapeFault(checked.error), 'see the topology.json that ships for the shape');
    const { links } = checked.data;
    const servers = new Map(Object.entries(checked.data.servers));
    // The schema has dropped a server called "__proto__", so names are checked as they are in the file.
    const raw = json;
    const fault = nameFault(Object.keys(raw.servers)) ?? addressFault(servers) ?? linkFault(servers, links);
    if (fault !== undefined)
        throw wrong(fault);
    const known = { top: Object.keys(schema.shape), server: Object.keys(address.shape) };
    return { file, servers, links, unknownKeys: unknownKeys(raw, known) };
}
/** The neighbours of a server: those it is linked to. */
export function neighboursOf({ links }, server) {
    return links.flatMap(([a, b]) => (a === server ? [b] : b === server ? [a] : []));
}
/**
 * What tells whether two servers have the same topology, 8 hexadecimal digits: of the names and links, in any order. Not of the addresses,
 * which may well look different from different hosts.
 */
export function fingerprint({ servers, links }) {
    const names = [...servers.keys()].sort();
    const pairs = links.map((ends) => [...ends].sort().join(' ')).sort();
    return createHash('sha256')
        .update([...names, ...pairs].join('\n'))
        .digest('hex')
        .slice(0, 8);
}
/** Where others reach a server. Throws a PersonError when there is no such server. */
export function addressOf(topology, server) {
    const { host, port } = find(topology, server);
    return { host, port };
}
/** Where a server listens. Throws a PersonError when there is no such server. */
export function listenAddressOf(topology, server) {
    const { host, port, listen = host } = find(topology, server);
    return { host: listen, port };
}
/** Whether a server listens on loopback only, and no other machine reaches it through a tunnel or a proxy either. */
export function isLocal(topology, server) {
    return [addressOf, listenAddressOf].every((address) => isLoopback(address(topology, server).host));
}
function find({ file, servers }, server) {
    const found = servers.get(server);
    if (!found)
        throw new PersonError(`${file} has no server "${server}"`, `it has ${[...servers.keys()].join(', ')}`);
    return found;
}
function shapeFault({ issues }) {
    const faults = issues.map(({ path, message }) => {
        const where = path.length === 0 ? '' : `"${z.core.toDotPath(path)}": `;
        return `${where}${lowerFirst(message)}`;
    });
    return faults.join('; ');
}
function nameFault(names) {
    if (names.length === 0)
        return 'there are no servers';
    const invalid = names.find((name) => !NAME.test(name));
    if (invalid === undefined)
        return undefined;
    return `"${invalid}" is not a valid server name: use at most 64 of A-Z a-z 0-9 _ . -, and begin with a letter or digit`;
}
function addressFault(servers) {
    const seen = new Map();
    for (const [name, { host, port }] of servers) {
        const at = `${host}:${port}`;
        const other = seen.get(at);
        // Port 0 means any free port, so two of them are two ports.
        if (other !== undefined && port !== 0)
            return `"${other}" and "${name}" have the same address, ${at}`;
        seen.set(at, name);
    }
    return undefined;
}
function linkFault(servers, links) {
    const seen = new Set();
    for (const [a, b] of links) {
        if (a === b)
            return `"${a}" is linked to itself`;
        if (!servers.has(a))
            return `"${b}" is linked to "${a}", but there is no server "${a}"`;
        if (!servers.has(b))
            return `"${a}" is linked to "${b}", but there is no server "${b}"`;
        const pair = [a, b].sort().join(' ');
        if (seen.has(pair))
            return `"${a}" and "${b}" are linked twice: a link goes both ways, so once is enough`;
        seen.add(pair);
    }
    return undefined;
}
function lowerFirst(text) {
    return text.slice(0, 1).toLowerCase() + text.slice(1);
}
