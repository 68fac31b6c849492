import { listed } from './words.js';
/** The keys that a topology has beside the known ones. `Object.keys` also lists a key that is called `__proto__`. */
export function unknownKeys(raw, known) {
    const found = new Map();
    for (const [name, server] of Object.entries(raw.servers))
        for (const key of Object.keys(server)) {
            if (known.server.includes(key))
                continue;
            const servers = found.get(key) ?? [];
            found.set(key, servers);
            servers.push(name);
        }
    return [
        ...Object.keys(raw)
            .filter((key) => !known.top.includes(key))
            .map((key) => ({ key, servers: [] })),
        ...[...found].map(([key, servers]) => ({ key, servers })),
    ];
}
/** Warnings about keys that this version ignores. */
export function unknownKeyFindings({ unknownKeys, }) {
    return unknownKeys.map(({ key, servers }) => {
        const where = servers.length === 0 ? 'at the top level' : `of ${listed(servers)}`;
        const words = `the key ${JSON.stringify(key)} ${where} is unknown to this version, which ignores it`;
        return { level: 'warning', kind: 'unknown-key', servers, words };
    });
}
