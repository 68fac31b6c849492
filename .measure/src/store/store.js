import { setImmediate as turn } from 'node:timers/promises';
import { PersonError } from '../person-error.js';
import { Database } from './database.js';
import { Label } from './label.js';
import { faultWords, isLocked, LostError } from './words.js';
/** How long a report waits for others to be committed with it; with the time that a commit takes it stays under a second. */
const COMMIT_INTERVAL_MS = 500;
/**
 * How long a report waits that came from another server of the process, which stores it within a second: of a client that moves all the
 * time only the newest is stored then, and not by each server each time.
 */
const DEFER_MS = 10_000;
/** So many reports at most are committed at once: a disk that has come back must not cost the memory of all of them. */
const MAX_COMMIT = 50_000;
/** Between two parts of so many clients, a millisecond of work, clients and neighbours are served. */
const PART_CLIENTS = 50_000;
/**
 * Loads a server's reports and keeps them on disk from then on. Rejects with a PersonError when another process has the folder,
 * when it holds anything else, or when it cannot be read.
 */
export async function openStore(options) {
    const database = await openDatabase(options, options.onFault);
    options.reports.unstored.start(options.deferMs !== 0);
    return new Store(options, database);
}
/** Opens the database of a folder and takes in what it holds. Throws a PersonError. */
async function openDatabase({ folder, server, reports }, onLoss) {
    let database;
    try {
        database = new Database(folder, await Label.read(folder, server), onLoss);
        await database.load((report) => {
            reports.hear(report);
        });
        return database;
    }
    catch (error) {
        await database?.close();
        if (error instanceof PersonError)
            throw error;
        if (isLocked(error))
            throw new PersonError(`the data in ${folder} are in use by another process`, `see which with "lsof ${folder}/LOCK", or keep nothing on disk with --no-store`);
        throw new PersonError(`the data in ${folder} cannot be opened: ${faultWords(error)}`, 'name another folder with --state, or keep nothing on disk with --no-store');
    }
}
/**
 * Keeps the newest report of each client on disk. While the disk fails they are only in memory, and tried again. When the folder is removed
 * or replaced, all reports are written to a new one.
 */
export class Store {
    #options;
    #database;
    #lastCommit = Promise.resolve(true);
    // The commit that will take what is unstored: whoever asks for one before it begins shares it.
    #nextCommit;
    #timer;
    #deferTimer;
    /** The last fault that was told, until all is on disk again. */
    #fault;
    /** Whether what was written before is gone, so that the folder must be opened again and all reports written to it. */
    #isLost = false;
    #closed;
    /** Of a database that is loaded; see `openStore`. */
    constructor(options, database) {
        this.#options = options;
        this.#database = database;
    }
    /** Sees that what is unstored is committed within a second, unless the store is closed. Never waits, never throws. */
    commitSoon() {
        if (this.#closed)
            return;
        this.#timer ??= setTimeout(() => void this.committed(), COMMIT_INTERVAL_MS);
    }
    /** Sees that what can wait is committed after some time, unless the store is closed. Never waits, never throws. */
    commitLater() {
        if (this.#closed)
            return;
        this.#deferTimer ??= setTimeout(() => {
            this.#deferTimer = undefined;
            this.#options.reports.unstored.undefer();
            this.commitSoon();
        }, this.#options.deferMs ?? DEFER_MS);
    }
    /** Resolves with whether all that was heard before, and cannot wait, is on disk, safe from a power cut too; if false, it is tried again. */
    committed() {
        this.#nextCommit ??= this.#lastCommit.then(() => {
            this.#nextCommit = undefined;
            return this.#commit();
        });
        this.#lastCommit = this.#nextCommit;
        return this.#nextCommit;
    }
    /** Commits what is unstored and closes the store. Resolves with how many reports could not be saved. */
    close() {
        this.#closed ??= this.#close();
        return this.#closed;
    }
    async #close() {
        clearTimeout(this.#deferTimer);
        this.#options.reports.unstored.undefer();
        await this.committed();
        // The folder was removed just now: it has not been made anew yet.
        if (this.#isLost)
            await this.committed();
        await this.#database.close();
        const { folder, reports, onFault } = this.#options;
        const { size } = reports.unstored;
        if (size > 0)
            onFault(`stopped with reports that could not be saved in ${folder}: ${size}`);
        return size;
    }
    async #commit() {
        clearTimeout(this.#timer);
        this.#timer = undefined;
        const { folder, reports, onRecovery } = this.#options;
        try {
            if (this.#isLost)
                await this.#reopen();
            // A write checks by itself.
            else if (reports.unstored.size === 0)
                await this.#database.check();
            // What comes meanwhile is at the end.
            for (let left = reports.unstored.size; left > 0; left -= MAX_COMMIT)
                await this.#commitSome(Math.min(left, MAX_COMMIT));
        }
        catch (error) {
            await this.#failed(error);
            return false;
        }
        if (this.#fault !== undefined)
            onRecovery(`the data in ${folder} are written again`);
        this.#fault = undefined;
        return true;
    }
    async #commitSome(most) {
        const { reports } = this.#options;
        const clients = reports.unstored.take(most);
        try {
            await this.#database.write({
                *[Symbol.iterator]() {
                    for (const client of clients)
                        yield reports.reportOf(client);
                },
            });
        }
        catch (error) {
            for (const client of clients)
                reports.unstored.add(client);
            throw error;
        }
    }
    async #failed(error) {
        const { folder, onFault } = this.#options;
        const words = failureWords(folder, error);
        if (words !== this.#fault)
            onFault(words);
        this.#fault = words;
        if (error instanceof LostError)
            await this.#lose();
        this.commitSoon();
    }
    /** Nothing that was written before is safe: all reports must be written again. */
    async #lose() {
        const { reports } = this.#options;
        this.#isLost = true;
        let count = 0;
        for (const client of reports.clients()) {
            reports.unstored.add(client);
            count += 1;
            if (count % PART_CLIENTS === 0)
                await turn();
        }
    }
    /** Opens what is at the folder's path now, which may be an older copy of the data. */
    async #reopen() {
        await this.#database.release();
        // Whatever is damaged or missing there is in memory.
        const database = await openDatabase(this.#options, () => undefined);
        await this.#database.close();
        this.#database = database;
        this.#isLost = false;
    }
}
function failureWords(folder, error) {
    if (error instanceof LostError)
        return `the data in ${folder} are lost: ${error.message}; all reports are in memory and will be written again`;
    if (error instanceof PersonError)
        return `reports cannot be written: ${error.message}`;
    return `the data in ${folder} cannot be written: ${faultWords(error)}`;
}
