import { open, stat } from 'node:fs/promises';
/** A file or a folder that is kept open, so that no other file can get its inode number while it is compared with the one at its path. */
export class PinnedFile {
    #path;
    #device;
    #inode;
    handle;
    constructor(path, handle, device, inode) {
        this.#path = path;
        this.handle = handle;
        this.#device = device;
        this.#inode = inode;
    }
    /** Opens what is at a path; `flags` are those of `fs.open`. Throws an error of files. */
    static async open(path, flags) {
        const handle = await open(path, flags);
        const { dev, ino } = await handle.stat({ bigint: true });
        return new PinnedFile(path, handle, dev, ino);
    }
    /** What the system knows of it now; undefined if its path no longer leads to it. Throws an error of files if that cannot be known. */
    async inPlace() {
        const found = await unlessGone(stat(this.#path, { bigint: true }));
        return found?.dev === this.#device && found.ino === this.#inode ? found : undefined;
    }
    close() {
        return this.handle.close();
    }
}
/** The result of an operation on a path; undefined if nothing is at that path. Other errors pass. */
export async function unlessGone(operation) {
    try {
        return await operation;
    }
    catch (error) {
        const { code } = error;
        // The second: a folder above it is a file now.
        if (code === 'ENOENT' || code === 'ENOTDIR')
            return undefined;
        throw error;
    }
}
