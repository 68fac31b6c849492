import { readFile, stat } from 'node:fs/promises';
import { PersonError } from '../person-error.js';
/** The permissions of a file that are not its owner's. */
const OTHERS = 0o077;
const WORDS = {
    EACCES: 'permission denied',
    EISDIR: 'it is a folder',
    ENOENT: 'there is no such file',
    ENOTDIR: 'there is no such file',
};
/**
 * Reads a file that only its owner should read, and warns if others may. Throws a PersonError when it is empty or cannot be read, which
 * shows nothing of what the file holds.
 */
export async function readKeyFile(path) {
    const { text, mode } = await read(path).catch((error) => {
        const { code, message } = error;
        throw new PersonError(`${path} cannot be read: ${WORDS[code] ?? message}`);
    });
    if (text.trim() === '')
        throw new PersonError(`${path} is empty`);
    return { text, warnings: mode & OTHERS ? [`others may use ${path}: see "chmod 600 ${path}"`] : [] };
}
async function read(path) {
    const [text, { mode }] = await Promise.all([readFile(path, 'utf8'), stat(path)]);
    return { text, mode };
}
