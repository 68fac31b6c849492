import { ClientSet } from './client-set.js';
/**
 * Clients in the order in which they were put in, each once however often it is. One that is taken out and put in again has its old place,
 * unless the queue has passed it.
 */
export class ClientQueue {
    /** A ring of numbers. Its length is a power of two. */
    #ring = new Uint32Array(64);
    #first = 0;
    #length = 0;
    /** Which clients have a place in the ring; and of them, which are still wanted. */
    #placed = new ClientSet();
    #wanted = new ClientSet();
    get size() {
        return this.#wanted.size;
    }
    has(client) {
        return this.#wanted.has(client);
    }
    add(client) {
        if (!this.#wanted.add(client) || !this.#placed.add(client))
            return;
        if (this.#length === this.#ring.length)
            this.#grow();
        this.#ring[(this.#first + this.#length) & (this.#ring.length - 1)] = client;
        this.#length += 1;
    }
    delete(client) {
        // Its place stays, so that there is never more than one of a client.
        this.#wanted.delete(client);
    }
    /** Takes out the first; undefined if there is none. */
    shift() {
        while (this.#length > 0) {
            const client = this.#ring[this.#first];
            this.#first = (this.#first + 1) & (this.#ring.length - 1);
            this.#length -= 1;
            this.#placed.delete(client);
            if (this.#wanted.delete(client))
                return client;
        }
        return undefined;
    }
    #grow() {
        const larger = new Uint32Array(2 * this.#ring.length);
        larger.set(this.#ring.subarray(this.#first));
        larger.set(this.#ring.subarray(0, this.#first), this.#ring.length - this.#first);
        this.#ring = larger;
        this.#first = 0;
    }
}
