import { ClientSet } from './client-set.js';
import { grown } from './grown.js';
/** Of so many reports at most it is remembered that a neighbour was not told: about a second's of a busy herd. */
export const MAX_OWED = 65_536;
/** What a neighbour was not told, since it asked not to be: of which client, of which origin, and when that heard it. The oldest is forgotten. */
export class Owed {
    #clients = new Uint32Array(64);
    /** Their numbers. */
    #origins = new Uint16Array(64);
    #times = new Float64Array(64);
    /** How many there have been; the next takes the place of that many less `MAX_OWED`. */
    #count = 0;
    /** Whose newest report it does not know, as far as we do. */
    #unknown = new ClientSet();
    /** When the latest report of an origin was heard that is forgotten, by the origin's number. */
    #forgotten = new Map();
    /** It is not told of a report that is news to us, the newest that has come of an origin. */
    add(client, origin) {
        const at = this.#count % MAX_OWED;
        if (this.#count >= MAX_OWED)
            this.#forget(this.#origins[at], this.#times[at]);
        else
            this.#grow(this.#count + 1);
        this.#clients[at] = client;
        this.#origins[at] = origin.number;
        this.#times[at] = origin.at;
        this.#count += 1;
        this.#unknown.add(client);
    }
    /** It knows our newest report of a client. */
    knows(client) {
        this.#unknown.delete(client);
    }
    /** Gives the clients of whose reports it does not know, of an origin, and heard there at some time or later; and whether these are all. */
    give(origin, since, give) {
        for (let at = Math.max(0, this.#count - MAX_OWED); at < this.#count; at += 1) {
            const place = at % MAX_OWED;
            const client = this.#clients[place];
            const isAsked = this.#origins[place] === origin.number && this.#times[place] >= since;
            if (isAsked && this.#unknown.delete(client))
                give(client);
        }
        return since > this.#forgottenOf(origin.number);
    }
    #grow(length) {
        this.#clients = grown(this.#clients, length);
        this.#origins = grown(this.#origins, length);
        this.#times = grown(this.#times, length);
    }
    #forget(origin, at) {
        this.#forgotten.set(origin, Math.max(at, this.#forgottenOf(origin)));
    }
    #forgottenOf(origin) {
        return this.#forgotten.get(origin) ?? -1;
    }
}
