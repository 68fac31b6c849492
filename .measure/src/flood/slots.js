/** What is given when there is no slot. */
export const NO_SLOT = -1;
/** Of the slots so many are used at most: the fuller, the longer the search. */
const MAX_LOAD = 0.75;
const GROWTH = 1.4;
/** Numbers by a hash of 32 bits of what they stand for: each is in the first free slot from the one that its hash points to. */
export class Slots {
    /** Two words a slot: a number plus 1, where 0 is a free slot; and its hash, by which nearly all others are told apart. */
    #words = new Uint32Array(2 * 64);
    #size = 0;
    /** The first slot of a number with this hash, or `NO_SLOT`. */
    first(hashed) {
        return this.#from(this.#pointedTo(hashed), hashed);
    }
    /** The next one after a slot. */
    next(slot, hashed) {
        return this.#from(this.#after(slot), hashed);
    }
    /** The number in a slot. */
    numberIn(slot) {
        return this.#words[slot] - 1;
    }
    /** Adds a number. */
    add(number, hashed) {
        this.#size += 1;
        if (2 * this.#size > this.#words.length * MAX_LOAD)
            this.#makeRoom();
        this.#enter(number + 1, hashed);
    }
    #from(slot, hashed) {
        const words = this.#words;
        let at = slot;
        while (words[at] !== 0) {
            if (words[at + 1] === hashed)
                return at;
            at = this.#after(at);
        }
        return NO_SLOT;
    }
    #makeRoom() {
        const words = this.#words;
        this.#words = new Uint32Array(2 * Math.ceil((words.length / 2) * GROWTH));
        for (let at = 0; at < words.length; at += 2)
            if (words[at] !== 0)
                this.#enter(words[at], words[at + 1]);
    }
    #enter(entry, hashed) {
        const words = this.#words;
        let at = this.#pointedTo(hashed);
        while (words[at] !== 0)
            at = this.#after(at);
        words[at] = entry;
        words[at + 1] = hashed;
    }
    #pointedTo(hashed) {
        return 2 * Math.floor((hashed / 0x1_0000_0000) * (this.#words.length / 2));
    }
    #after(slot) {
        return slot + 2 === this.#words.length ? 0 : slot + 2;
    }
}
