import { formatDigest } from '../protocol/sync.js';
import { MAX_BUCKETS, UNKNOWN } from './archive.js';
import { ClientSet } from './client-set.js';
/**
 * Into how many buckets a table is divided: enough that few differing reports leave most buckets equal, few enough
 * that the digests of all of them go into one line. A power of two.
 */
export const BUCKETS = MAX_BUCKETS;
/** Whoever needs a digest hashes at most so many reports itself, about a millisecond of work; more are hashed in slices before. */
export const MAX_UNHASHED = 1_000;
/**
 * What one server holds: a record a client, by their numbers in an archive, and a digest of all that costs the same to keep whatever
 * the size of the table: the XOR of a hash of each report. The same is kept for each bucket; a client is in the
 * one that a hash of its ID says.
 *
 * Equal digests mean equal tables. The hash is keyed, and who does not know the key can only guess: that two sets of reports that differ
 * have the same XOR of 64 bits is one chance in 2^64, and no client can choose IDs to better it, or to fill one bucket. Without a herd
 * key the key is known to all; but what is hashed has the skew in it, whose nanoseconds no client can choose. Servers that compare must
 * have the same key.
 *
 * Hashing takes longer than all else that is done for a report, so it waits until a digest is asked for: a client that reports ten
 * times in between is hashed once.
 */
export class Table {
    #archive;
    #number;
    /** Those whose report is not in the digests yet. */
    #unhashed = new ClientSet();
    /** Two words a bucket, the high one first. */
    #sums;
    #whole = { high: 0, low: 0 };
    /** How many clients have a record. */
    size = 0;
    constructor(archive, buckets) {
        this.#archive = archive;
        this.#number = archive.addTable();
        this.#sums = new Uint32Array(2 * buckets);
    }
    /** The number of a client's record, or `UNKNOWN`. */
    get(client) {
        return this.#archive.recordIn(this.#number, client);
    }
    /** Puts a record in the place of the one that its client had, which is let go of. */
    put(client, record) {
        const old = this.get(client);
        if (old === UNKNOWN) {
            this.size += 1;
            this.#unhashed.add(client);
        }
        else if (this.#unhashed.add(client))
            this.#toggle(client, old);
        this.#archive.put(this.#number, client, record);
    }
    /** All clients that have a record, in the order of their numbers. */
    *clients() {
        for (let client = 0; client < this.#archive.clients; client += 1)
            if (this.get(client) !== UNKNOWN)
                yield client;
    }
    /** How many clients' reports have not been hashed yet. */
    get unhashed() {
        return this.#unhashed.size;
    }
    /** Hashes so many of them, or a few more. */
    hash(count = Infinity) {
        this.#unhashed.drain(count, (client) => {
            this.#toggle(client, this.get(client));
        });
    }
    /** The digest of the whole table. Hashes what is not hashed yet: to be asked for when that are at most `MAX_UNHASHED`. */
    get digest() {
        this.hash();
        return formatDigest(this.#whole.high, this.#whole.low);
    }
    /** The digest of each bucket, under the same condition. They are valid until the table changes. */
    get digests() {
        this.hash();
        return this.#sums;
    }
    /** How many buckets there are. */
    get bucketCount() {
        return this.#sums.length / 2;
    }
    /** The bucket that a client is in. */
    bucketOf(client) {
        return this.#archive.placeOf(client) & (this.bucketCount - 1);
    }
    // XOR is its own inverse: what is put in a second time is out.
    #toggle(client, record) {
        const high = this.#archive.hashHigh(record);
        const low = this.#archive.hashLow(record);
        const at = 2 * this.bucketOf(client);
        this.#sums[at] = this.#sums[at] ^ high;
        this.#sums[at + 1] = this.#sums[at + 1] ^ low;
        this.#whole.high = (this.#whole.high ^ high) >>> 0;
        this.#whole.low = (this.#whole.low ^ low) >>> 0;
    }
}
