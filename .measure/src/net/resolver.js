import { lookup } from 'node:dns/promises';
import { setTimeout } from 'node:timers/promises';
/** The most names whose addresses are remembered. A process looks up the hosts of one topology, and none has that many. */
export const MAX_REMEMBERED_NAMES = 1_024;
/**
 * How long a dial waits for a look-up before it uses the addresses of an earlier one. A system gives up on a DNS server that does not answer
 * only after 5 s or more, and by then the dial itself has timed out.
 */
export const LOOK_UP_PATIENCE_MS = 1_000;
/** Looks up names, one look-up of a name at a time, and remembers the last addresses of each. */
export class Resolver {
    #lookUp;
    #patienceMs;
    #pending = new Map();
    #remembered = new Map();
    constructor(lookUp, patienceMs = LOOK_UP_PATIENCE_MS) {
        this.#lookUp = lookUp;
        this.#patienceMs = patienceMs;
    }
    /** Looks up a name now, or joins the look-up of it that is under way. Rejects when it fails. */
    resolve(name) {
        const pending = this.#pending.get(name);
        if (pending)
            return pending;
        const started = this.#lookUpOnce(name).finally(() => this.#pending.delete(name));
        this.#pending.set(name, started);
        return started;
    }
    /**
     * The `lookup` option of `net.connect`: looks up the name, and gives the last addresses that it had if that fails or takes too long. It
     * gives addresses of both families.
     */
    lookup = (name, { all }, done) => {
        this.#resolveOrRecall(name).then((addresses) => {
            if (all)
                done(null, [...addresses]);
            else
                done(null, addresses[0].address, addresses[0].family);
        }, (error) => {
            done(error, '');
        });
    };
    async #resolveOrRecall(name) {
        const resolved = this.resolve(name);
        const last = this.#remembered.get(name);
        if (!last)
            return resolved;
        const patience = new AbortController();
        const tooLate = setTimeout(this.#patienceMs, last, { signal: patience.signal });
        return Promise.race([resolved.catch(() => last), tooLate]).finally(() => {
            patience.abort();
        });
    }
    async #lookUpOnce(name) {
        const [first, ...others] = await this.#lookUp(name);
        if (!first)
            throw Object.assign(new Error(`${name} has no address`), { code: 'ENOTFOUND' });
        const addresses = [first, ...others];
        if (this.#remembered.has(name) || this.#remembered.size < MAX_REMEMBERED_NAMES)
            this.#remembered.set(name, addresses);
        return addresses;
    }
}
/** Asks the system. All servers of a process share what it remembers. */
export const systemResolver = new Resolver((name) => lookup(name, { all: true }));
