import { grown } from './grown.js';
/** Clients of one group are stored in blocks of so many words: the first links to the block before it, the others are clients. */
const BLOCK_WORDS = 16;
/**
 * Client numbers in groups that only grow. A group is a chain of blocks, the newest first, so adding a client takes constant time, all groups
 * share one array, and the clients of a group lie mostly side by side in memory.
 */
export class ClientGroups {
    /** The first block stays empty, so that 0 stands for no block. */
    #words = new Uint32Array(BLOCK_WORDS);
    #usedWords = BLOCK_WORDS;
    /** For each group, the index after its newest client; 0 for an empty group. */
    #ends;
    #sizes;
    constructor(groups) {
        this.#ends = new Uint32Array(groups);
        this.#sizes = new Uint32Array(groups);
    }
    /** Adds a client that is in no group yet. */
    add(group, client) {
        const end = this.#ends[group];
        const at = end % BLOCK_WORDS === 0 ? this.#addBlock(end) : end;
        this.#words[at] = client;
        this.#ends[group] = at + 1;
        this.#sizes[group] = this.#sizes[group] + 1;
    }
    /** How many clients a group has. */
    sizeOf(group) {
        return this.#sizes[group];
    }
    /** Gives each client of a group, the newest first. */
    each(group, give) {
        for (let end = this.#ends[group]; end !== 0;) {
            const block = end - 1 - ((end - 1) % BLOCK_WORDS);
            for (let at = end - 1; at > block; at -= 1)
                give(this.#words[at]);
            end = this.#words[block];
        }
    }
    /** Adds a block that links to the one that ends at `before`; gives the index of its first client. */
    #addBlock(before) {
        const block = this.#usedWords;
        this.#usedWords += BLOCK_WORDS;
        this.#words = grown(this.#words, this.#usedWords);
        this.#words[block] = before;
        return block + 1;
    }
}
