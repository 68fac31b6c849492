import { SPACE, spells, toText } from '../protocol/bytes.js';
import { originIn } from '../protocol/report.js';
/** Of so many servers at most the reports come along trees; those of others are flooded. */
export const MAX_ORIGINS = 10_000;
/** How many of them are found by the bytes of their names at once. */
const QUICK = 256;
/** The other servers whose reports have come. */
export class Origins {
    #server;
    #byName = new Map();
    // To make a text of a name that is in a report costs more than all else that is done about its tree.
    #quick = Array.from({ length: QUICK });
    /** `server` is this server's name, which is never among them: what we hear ourselves all neighbours are told, and have from nobody sooner. */
    constructor(server) {
        this.#server = server;
    }
    [Symbol.iterator]() {
        return this.#byName.values();
    }
    /** The origin of a report; undefined if it has no tree. */
    of(line) {
        const { bytes } = line;
        const start = originIn(line);
        let end = start;
        let mix = 0;
        for (let byte = bytes[end]; byte !== SPACE; byte = bytes[end]) {
            mix = (mix * 31 + byte) % QUICK;
            end += 1;
        }
        const quick = this.#quick[mix];
        if (quick && spells(bytes, start, end, quick.name))
            return quick;
        if (spells(bytes, start, end, this.#server))
            return undefined;
        const origin = this.named(toText(bytes, start, end));
        this.#quick[mix] = origin;
        return origin;
    }
    /** The origin of a name; undefined if it has no tree. */
    named(name) {
        const known = this.#byName.get(name);
        if (known || name === this.#server || this.#byName.size === MAX_ORIGINS)
            return known;
        const origin = {
            name,
            number: this.#byName.size,
            at: 0,
            seen: 0,
            seenBefore: 0,
            parent: undefined,
            brought: 0,
            broughtBefore: 0,
            rumour: undefined,
            stillBeats: 0,
        };
        this.#byName.set(name, origin);
        return origin;
    }
}
