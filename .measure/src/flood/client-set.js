import { grown } from './grown.js';
const BITS = 32;
/** A set of clients by their numbers, a bit each. */
export class ClientSet {
    #bits = new Uint32Array(4);
    /** How many clients are in it. */
    size = 0;
    has(client) {
        return (((this.#bits[client >>> 5] ?? 0) >>> (client & 31)) & 1) === 1;
    }
    /** Puts a client in; gives whether it was not in. */
    add(client) {
        if (this.has(client))
            return false;
        const index = client >>> 5;
        this.#bits = grown(this.#bits, index + 1);
        this.#bits[index] = this.#bits[index] | (1 << (client & 31));
        this.size += 1;
        return true;
    }
    /** Takes a client out; gives whether it was in. */
    delete(client) {
        if (!this.has(client))
            return false;
        const index = client >>> 5;
        this.#bits[index] = this.#bits[index] & ~(1 << (client & 31));
        this.size -= 1;
        return true;
    }
    /** Takes out so many, or a few more, or all if it has fewer, in the order of their numbers. */
    drain(count, each) {
        const left = Math.max(0, this.size - count);
        for (let index = 0; this.size > left; index += 1) {
            const bits = this.#bits[index];
            this.#bits[index] = 0;
            for (let rest = bits; rest !== 0; rest &= rest - 1) {
                this.size -= 1;
                each(index * BITS + BITS - 1 - Math.clz32(rest & -rest));
            }
        }
    }
}
