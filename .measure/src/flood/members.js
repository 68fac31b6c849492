import { UNKNOWN } from './archive.js';
import { grown } from './grown.js';
/** The clients of a table by bucket. */
export class Members {
    #archive;
    #table;
    #words = new Uint32Array(64);
    constructor(archive, table) {
        this.#archive = archive;
        this.#table = table;
    }
    /** How many clients a bucket has, those included that only other servers of the process know. */
    sizeOf(bucket) {
        return this.#archive.sizeOfBucket(bucket, this.#table.bucketCount);
    }
    /** Gives each client in a bucket. */
    each(bucket, give) {
        this.#archive.eachInBucket(bucket, this.#table.bucketCount, (client) => {
            if (this.#table.get(client) !== UNKNOWN)
                give(client);
        });
    }
    /** Gives each client in a bucket, and the two words of its report's hash. */
    eachHash(bucket, give) {
        const archive = this.#archive;
        this.each(bucket, (client) => {
            const record = this.#table.get(client);
            give(client, archive.hashHigh(record), archive.hashLow(record));
        });
    }
    /** The hashes of all reports in a bucket; valid until it is called again. */
    hashesIn(bucket) {
        let length = 0;
        this.#words = grown(this.#words, 2 * this.sizeOf(bucket));
        this.eachHash(bucket, (_, high, low) => {
            this.#words[length] = high;
            this.#words[length + 1] = low;
            length += 2;
        });
        return this.#words.subarray(0, length);
    }
}
