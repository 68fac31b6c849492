import { hkdfSync, randomBytes } from 'node:crypto';
import { PersonError } from '../person-error.js';
import { readKeyFile } from './key-file.js';
/** As many as a strong key of AES or HMAC-SHA-256 has: nobody will guess it. */
const KEY_BYTES = 32;
const FORMAT = 'proxyherd-key-1';
/** Base64url of 32 bytes, which needs no padding. */
const KEY_LINE = new RegExp(`^${FORMAT} ([A-Za-z0-9_-]{43})$`);
/** One key, or two while a herd changes from one to the other. */
const MAX_KEYS = 2;
/** Bytes of a hash that are enough to tell the keys of a herd apart. */
const IDENTITY_BYTES = 8;
const HINT = 'make one with "proxyherd key new"';
/** The herd keys of a server. They are in a private field, and so in no text, JSON or inspection of this. */
export class HerdKeys {
    #keys;
    constructor(first, ...others) {
        this.#keys = [withIdentity(first), ...others.map(withIdentity)];
    }
    /** From now on these are the keys of `other`, for every link that is made with this. Links that are up stay up. */
    replaceWith(other) {
        this.#keys = other.#keys;
    }
    /** The key to dial neighbours with. No getter, because an inspection may show what those give. */
    first() {
        return this.#keys[0];
    }
    /** What to hash reports with, so that no client can work out their digests. Servers that dial with the same key have the same. */
    digestKey() {
        const bytes = Buffer.from(hkdfSync('sha256', this.first().psk, FORMAT, 'digest', 16));
        return [bytes.readUInt32LE(0), bytes.readUInt32LE(4), bytes.readUInt32LE(8), bytes.readUInt32LE(12)];
    }
    /** The secret of that identity; null, as node:tls wants it, when it is of no key here. */
    find(identity) {
        return this.#keys.find((key) => key.identity === identity)?.psk ?? null;
    }
}
// The identity is a one-way hash: it says which key is meant, and nothing of it.
function withIdentity(psk) {
    const hash = hkdfSync('sha256', psk, FORMAT, 'identity', IDENTITY_BYTES);
    return { identity: Buffer.from(hash).toString('hex'), psk };
}
/** A new herd key: the text of a file that holds it. */
export function newHerdKey() {
    const key = randomBytes(KEY_BYTES).toString('base64url');
    return `# A herd key of proxyherd: secret, and the same for all servers of a herd.\n${FORMAT} ${key}\n`;
}
/** Reads a file of herd keys and gives warnings for a person. Throws a PersonError, which shows nothing of what the file holds. */
export async function readHerdKeys(path) {
    const { text, warnings } = await readKeyFile(path);
    return { keys: parseHerdKeys(text, path), warnings };
}
/**
 * The herd keys in a text: one a line, the first to dial with, all accepted; empty lines and those that begin with # do not count. `file` is
 * what messages call the text. Throws a PersonError, which shows nothing of what it holds.
 */
export function parseHerdKeys(text, file) {
    const secrets = text.split('\n').flatMap((untrimmed, index) => {
        const line = untrimmed.trim();
        if (line === '' || line.startsWith('#'))
            return [];
        const key = KEY_LINE.exec(line)?.[1];
        if (key === undefined)
            throw new PersonError(`${file}, line ${index + 1}: no herd key`, HINT);
        return [Buffer.from(key, 'base64url')];
    });
    const [first, ...others] = secrets;
    if (!first)
        throw new PersonError(`${file} holds no herd key`, HINT);
    if (secrets.length > MAX_KEYS)
        throw new PersonError(`${file} holds ${secrets.length} herd keys, and at most ${MAX_KEYS} can be in use`, 'keep the new one first and the old one second until every server has both');
    return new HerdKeys(first, ...others);
}
