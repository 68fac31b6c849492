/** A piece of memory that blocks are taken from, in words: large enough that there are few, small enough not to waste much. */
const CHUNK_WORDS = 256 * 1024;
const CHUNK_BITS = 18;
const CHUNK_MASK = CHUNK_WORDS - 1;
/** The most words of a block. */
export const MAX_BLOCK_WORDS = 4_096;
/** How many sizes of blocks there are from one power of two to the next, as a power of two. */
const STEP_BITS = 2;
const BYTES_PER_WORD = 4;
/** What ends a list of free blocks. No block has this address, as the memory of a machine is smaller. */
const NONE = 0xffff_ffff;
/**
 * Memory in words of 32 bits, outside of the heap that is searched for garbage: with a million objects there, whoever waits for an
 * answer would wait for that search. A block has an address. What is freed is taken again for blocks of the same size; or, when more
 * lies idle than is in use, it is cut for smaller ones. There are few sizes: with one a word, blocks that are replaced by ever longer
 * ones would leave behind each size that they had.
 */
export class Arena {
    #words = [];
    #bytes = [];
    /** The first free block of each size; in its first word is the next. */
    #free = new Uint32Array(MAX_BLOCK_WORDS + 1).fill(NONE);
    /** How much of the last chunk is taken. */
    #taken = CHUNK_WORDS;
    #usedWords = 0;
    #idleWords = 0;
    /** The words of the chunk that an address is in. */
    wordsAt(address) {
        return this.#words[address >>> CHUNK_BITS];
    }
    /** Where in those words the block begins. */
    wordIndex(address) {
        return address & CHUNK_MASK;
    }
    /** The bytes of the same chunk. */
    bytesAt(address) {
        return this.#bytes[address >>> CHUNK_BITS];
    }
    /** Where in those bytes the block begins. */
    byteIndex(address) {
        return (address & CHUNK_MASK) * BYTES_PER_WORD;
    }
    /** Takes a block of at least so many words, which hold whatever they held; gives its address. */
    take(words) {
        const size = sizeFor(words);
        this.#usedWords += size;
        if (this.#free[size] !== NONE)
            return this.#reuse(size);
        if (this.#idleWords > CHUNK_WORDS + this.#usedWords) {
            const larger = this.#largerThan(size);
            if (larger !== undefined)
                return this.#cut(larger, size);
        }
        if (this.#taken + size > CHUNK_WORDS)
            this.#grow();
        const address = (this.#words.length - 1) * CHUNK_WORDS + this.#taken;
        this.#taken += size;
        return address;
    }
    /** Gives back a block of which so many words were taken. */
    free(address, words) {
        const size = sizeFor(words);
        this.#usedWords -= size;
        this.#putAside(address, size);
    }
    /** The next larger size of which there is a free block; undefined if there is none. */
    #largerThan(words) {
        for (let size = sizeFor(words + 1); size <= MAX_BLOCK_WORDS; size = sizeFor(size + 1))
            if (this.#free[size] !== NONE)
                return size;
        return undefined;
    }
    #reuse(size) {
        const address = this.#free[size];
        this.#free[size] = this.wordsAt(address)[this.wordIndex(address)];
        this.#idleWords -= size;
        return address;
    }
    #cut(larger, size) {
        const address = this.#reuse(larger);
        for (let at = size; at < larger;) {
            const piece = sizeWithin(larger - at);
            this.#putAside(address + at, piece);
            at += piece;
        }
        return address;
    }
    #putAside(address, size) {
        this.#idleWords += size;
        this.wordsAt(address)[this.wordIndex(address)] = this.#free[size];
        this.#free[size] = address;
    }
    #grow() {
        const memory = new ArrayBuffer(CHUNK_WORDS * BYTES_PER_WORD);
        this.#words.push(new Uint32Array(memory));
        this.#bytes.push(Buffer.from(memory));
        this.#taken = 0;
    }
}
/** The smallest size that has room for so many words. */
function sizeFor(words) {
    const step = stepFrom(words - 1);
    return Math.ceil(words / step) * step;
}
/** The largest size that so many words have room for. */
function sizeWithin(words) {
    return words - (words % stepFrom(words));
}
/** How many words there are from the size that is at most this, to the next. */
function stepFrom(words) {
    return 1 << Math.max(0, 31 - STEP_BITS - Math.clz32(words));
}
