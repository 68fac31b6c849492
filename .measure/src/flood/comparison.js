import { DigestSet } from './digest-set.js';
import { MAX_UNHASHED } from './table.js';
/**
 * How many reports of a neighbour we ask for before it has read that: as many as fit into one line between servers. Beyond it there
 * is no need to, since one that is told what is in a bucket gives us what we lack of it.
 */
export const MAX_WANTED = 65_536;
/**
 * A bucket of so many clients is compared at once with what a neighbour says of it, as is one that is at most twice as large as what the
 * neighbour lists. A link reads about 1,000 lines in one turn, and fewer the longer they are, so that is some milliseconds of work.
 * A larger bucket that a short line names is compared in slices.
 */
export const COMPARED_AT_ONCE = 256;
/** After so many digests no more messages are given at once: they fill a write on a link, and to gather them takes about a millisecond. */
export const DIGESTS_AT_ONCE = 4_096;
/** What is said of one bucket is looked up here. One set serves all comparisons, since nothing waits in the middle of one. */
const said = new DigestSet();
/** One side of how two linked servers find out what either lacks: see `SyncMessage`. */
export class Comparison {
    #table;
    #members;
    #answers;
    #tell;
    // Digests are of the time when they are said: however often they are due, they are said once.
    #saysDigest = false;
    #saysBuckets = false;
    /** By bucket, the digests of reports that we lack. */
    #wants = new Map();
    #wanted = 0;
    /** Buckets that differ, of which the neighbour has still to be told what is in them. */
    #differing = new Set();
    /** The last HAVE and the last WANT of each bucket that is too large to compare at once. Each lists less than half of the bucket, so that is the limit. */
    #due = { have: new Map(), want: new Map() };
    /** Whether the neighbour's digest was ours when it last said it; undefined if it has not said one. */
    inSync;
    /** `answers` tells which of the two answers a digest that differs. Clients whose reports the neighbour lacks are given to `tell`. */
    constructor(parts) {
        this.#table = parts.table;
        this.#members = parts.members;
        this.#answers = parts.answers;
        this.#tell = parts.tell;
    }
    /** We are to say our digest. */
    begin() {
        this.#saysDigest = true;
    }
    /** Takes in what the neighbour says. */
    hear(message) {
        switch (message.kind) {
            case 'digest':
                this.inSync = message.digest === this.#table.digest;
                if (this.#answers)
                    this.#saysBuckets = !this.inSync;
                return;
            case 'buckets':
                this.#differing = this.#bucketsOtherThan(message.digests);
                return;
            case 'have':
            case 'want':
                this.#hearBucket(message);
        }
    }
    /** Whether there is work to do in slices. */
    get isBehind() {
        return this.#awaitsHashes || this.#due.have.size + this.#due.want.size > 0;
    }
    /** Does a slice of that work: hashes about so many reports, or compares buckets until they have had so many clients. Gives whether it has compared. */
    work(count) {
        if (this.#awaitsHashes) {
            this.#table.hash(count);
            return false;
        }
        let left = count;
        for (const due of [this.#due.want, this.#due.have])
            for (const [bucket, message] of due) {
                if (left <= 0)
                    return true;
                left -= this.#members.sizeOf(bucket);
                due.delete(bucket);
                this.#compare(message);
            }
        return true;
    }
    /** Whether there is anything to say now. */
    get hasToSay() {
        return this.#saysNow || this.#wants.size + this.#differing.size > 0;
    }
    /** Gives at most `most` messages to say now, fewer if they are long, each valid during the call; returns how many. `mayWant` allows those that ask for reports. */
    take(most, mayWant, say) {
        let taken = 0;
        for (let words = 0; taken < most && words < 2 * DIGESTS_AT_ONCE; taken += 1) {
            const message = this.#next(mayWant);
            if (!message)
                return taken;
            say(message);
            if (message.kind !== 'digest')
                words += message.digests.length;
        }
        return taken;
    }
    get #saysHashes() {
        return this.#saysDigest || this.#saysBuckets;
    }
    /** Whether a digest is due, and others must have their turns before it is known. */
    get #awaitsHashes() {
        return this.#saysHashes && this.#table.unhashed > MAX_UNHASHED;
    }
    get #saysNow() {
        return this.#saysHashes && this.#table.unhashed <= MAX_UNHASHED;
    }
    #next(mayWant) {
        if (this.#saysNow)
            return this.#nextOfHashes();
        for (const [bucket, digests] of mayWant ? this.#wants : []) {
            this.#wants.delete(bucket);
            this.#wanted -= digests.length / 2;
            return { kind: 'want', bucket, digests };
        }
        for (const bucket of this.#differing) {
            this.#differing.delete(bucket);
            return { kind: 'have', bucket, digests: this.#members.hashesIn(bucket) };
        }
        return undefined;
    }
    #nextOfHashes() {
        if (this.#saysDigest) {
            this.#saysDigest = false;
            return { kind: 'digest', digest: this.#table.digest, clients: this.#table.size };
        }
        this.#saysBuckets = false;
        return { kind: 'buckets', digests: this.#table.digests };
    }
    #bucketsOtherThan(theirs) {
        const ours = this.#table.digests;
        const differing = new Set();
        for (let bucket = 0; bucket < this.#table.bucketCount; bucket += 1)
            if (ours[2 * bucket] !== theirs[2 * bucket] || ours[2 * bucket + 1] !== theirs[2 * bucket + 1])
                differing.add(bucket);
        return differing;
    }
    #hearBucket(message) {
        const { kind, bucket, digests } = message;
        if (bucket >= this.#table.bucketCount)
            return;
        const due = this.#due[kind];
        due.delete(bucket);
        // Of two digests a client, one is on the line.
        if (this.#members.sizeOf(bucket) <= COMPARED_AT_ONCE + digests.length)
            this.#compare(message);
        else
            due.set(bucket, message);
    }
    #compare({ kind, bucket, digests }) {
        if (kind === 'have')
            this.#giveAndTake(bucket, digests);
        else
            this.#give(bucket, digests);
    }
    // What they lack of a bucket they are told, what we lack we ask for.
    #giveAndTake(bucket, theirs) {
        if (theirs.length === 0) {
            this.#members.each(bucket, this.#tell);
            return;
        }
        said.fill(theirs);
        this.#members.eachHash(bucket, (client, high, low) => {
            if (!said.find(high, low))
                this.#tell(client);
        });
        const lacking = said.left();
        if (this.#wanted + lacking.length / 2 > MAX_WANTED)
            this.#differing.add(bucket);
        else if (lacking.length > 0)
            this.#want(bucket, lacking);
    }
    #want(bucket, lacking) {
        this.#wanted += (lacking.length - (this.#wants.get(bucket)?.length ?? 0)) / 2;
        this.#wants.set(bucket, lacking);
    }
    #give(bucket, wanted) {
        said.fill(wanted);
        this.#members.eachHash(bucket, (client, high, low) => {
            if (said.find(high, low))
                this.#tell(client);
        });
    }
}
