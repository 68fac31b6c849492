import { copyBytes, SPACE } from '../protocol/bytes.js';
import { clientField } from '../protocol/command.js';
import { LINES_AHEAD } from '../protocol/lines.js';
import { reportIn } from '../protocol/report.js';
import { compareTimes } from '../protocol/time.js';
import { Arena } from './arena.js';
import { ClientGroups } from './client-groups.js';
import { grown } from './grown.js';
import { half } from './half-siphash.js';
import { compareReports } from './newer.js';
import { hash, siphash } from './siphash.js';
import { NO_SLOT, Slots } from './slots.js';
/** The number of no client and of no record. */
export const UNKNOWN = -1;
/** The most buckets that a table can have: clients are kept in as many groups. A power of two. */
export const MAX_BUCKETS = 1_024;
/** The number of the table of the newest. */
const NEWEST = 0;
/** The first word of a record has the length of its line in bytes, and above that how many hold it. */
const LENGTH_BITS = 14;
const LENGTH_MASK = 0x3fff;
const ONE_HOLDER = 1 << LENGTH_BITS;
/** After it come the two words of its hash, the high one first, both 0 if it has not been hashed; then the line. */
const HEAD_BYTES = 12;
/**
 * The reports that the servers of one process hold, each kept once however many of them hold it, as a record that has a number. Clients
 * are numbered too, in the order in which they come: 0, 1, 2 and so on. So a server's table is a number a client, and a report that goes
 * from one server to another of its process costs neither a copy nor a search.
 *
 * A client is found by a hash of its ID, each number being in the first free slot from the one that its hash points to. The hash is
 * keyed, so that no client can choose IDs that all point to the same.
 */
export class Archive {
    #keys;
    #arena = new Arena();
    /** The clients' numbers, by a hash of their IDs. */
    #slots = new Slots();
    /**
     * A row a client: the number of its newest record, which is held here too, and of the one in each table, plus 1; 0 is none. So all
     * tables have what they hold of a client in one place in memory, and mostly it is the same.
     */
    #rows = new Uint32Array(64);
    #tables = 0;
    /** 16 bits of the digest key's hash of each client's ID. */
    #places = new Uint16Array(64);
    /** The clients by the lowest bits of that hash: a bucket is one of these groups, or several. */
    #groups = new ClientGroups(MAX_BUCKETS);
    #clients = 0;
    /** Of the clients that are foreseen, what is looked for next. */
    #wanted = new Int32Array(LINES_AHEAD);
    constructor(keys) {
        this.#keys = keys;
    }
    /** Makes room for another table; gives its number. */
    addTable() {
        const [rows, width] = [this.#rows, 1 + this.#tables];
        this.#tables += 1;
        this.#rows = new Uint32Array((1 + this.#tables) * Math.max(64, this.#clients));
        for (let client = 0; client < this.#clients; client += 1)
            this.#rows.set(rows.subarray(client * width, (client + 1) * width), client * (1 + this.#tables));
        return this.#tables;
    }
    /** The record of a client in a table, or `UNKNOWN`. */
    recordIn(table, client) {
        return this.#rows[client * (1 + this.#tables) + table] - 1;
    }
    /** Puts a record in a table, in the place of the one that the client had there, which is let go of. */
    put(table, client, record) {
        const at = client * (1 + this.#tables) + table;
        const old = this.#rows[at];
        this.#rows[at] = record + 1;
        this.#hold(record);
        if (old !== 0)
            this.#release(old - 1);
    }
    /** How many clients are numbered. */
    get clients() {
        return this.#clients;
    }
    /** The number of the client whose ID is in these bytes, or `UNKNOWN`. */
    find(bytes, start, end) {
        const hashed = half(this.#keys.index, bytes, start, end);
        for (let slot = this.#slots.first(hashed); slot !== NO_SLOT; slot = this.#slots.next(slot, hashed)) {
            const client = this.#slots.numberIn(slot);
            if (this.#isOf(client, bytes, start, end))
                return client;
        }
        return UNKNOWN;
    }
    /**
     * Reads what must be read to find the clients that some lines name, and to compare with what they last reported. Nothing comes of it but
     * that it is in the processor's caches then: read for all of them, step by step, it comes from memory at once; line by line, each is
     * waited for.
     */
    foresee(lines) {
        // One is waited for either way.
        if (lines.count === 1)
            return;
        const wanted = this.#wanted;
        let count = 0;
        for (let line = 0; line < lines.count; line += 1) {
            const field = clientField(lines.fieldCount(line));
            if (field === undefined)
                continue;
            const [start, end] = [lines.fieldStart(line, field), lines.fieldEnd(line, field)];
            wanted[count] = half(this.#keys.index, lines.bytes, start, end);
            count += 1;
        }
        for (let index = 0; index < count; index += 1)
            wanted[index] = this.#slots.first(wanted[index] >>> 0);
        for (let index = 0; index < count; index += 1) {
            const slot = wanted[index];
            if (slot !== NO_SLOT)
                wanted[index] = this.newest(this.#slots.numberIn(slot));
        }
        for (let index = 0; index < count; index += 1)
            if (wanted[index] !== NO_SLOT)
                wanted[index] = this.#look(wanted[index]);
    }
    // A record is in two or three of the pieces that memory comes in. What is read is given back, or it would not be read.
    #look(record) {
        const words = this.#arena.wordsAt(record);
        const index = this.#arena.wordIndex(record);
        const length = blockWords(words[index] & LENGTH_MASK);
        return words[index + (length >>> 1)] ^ words[index + length - 1];
    }
    /** Numbers the client of a report, the first of it; gives the number. The report is its newest. */
    enrol(report) {
        const client = this.#clients;
        this.#clients += 1;
        this.#rows = grown(this.#rows, this.#clients * (1 + this.#tables));
        this.#places = grown(this.#places, this.#clients);
        this.put(NEWEST, client, this.#store(report));
        siphash(this.#keys.digest, report.bytes, report.client, report.position - 1);
        this.#places[client] = hash.low;
        this.#groups.add(hash.low & (MAX_BUCKETS - 1), client);
        this.#slots.add(client, half(this.#keys.index, report.bytes, report.client, report.position - 1));
        return client;
    }
    /** The newest record of a client. No other of the same client is equal to it. */
    newest(client) {
        return this.recordIn(NEWEST, client);
    }
    /** Keeps a copy of a report that is newer than the newest of its client; gives its record. */
    renew(client, report) {
        const record = this.#store(report);
        this.put(NEWEST, client, record);
        return record;
    }
    /** Keeps a copy of a report that is older than the newest of its client, which somebody has to hold; gives its record. */
    keepOlder(report) {
        return this.#store(report);
    }
    /** The line of a record; valid as long as somebody holds it. */
    line(record) {
        const start = this.#arena.byteIndex(record) + HEAD_BYTES;
        const length = this.#arena.wordsAt(record)[this.#arena.wordIndex(record)] & LENGTH_MASK;
        return { bytes: this.#arena.bytesAt(record), start, end: start + length };
    }
    /** The report in a record; valid as long as somebody holds it. */
    report(record) {
        const { bytes, start, end } = this.line(record);
        return reportIn(bytes, start, end);
    }
    /** Which wins, a report of a client (positive) or a record of the same client (negative); 0 if they are one report. */
    compare(report, record) {
        const { bytes, end } = this.line(record);
        // Mostly their times decide, and of a record nothing else need be looked for.
        return (compareTimes(report.bytes, report.time, report.end, bytes, lastField(bytes, end), end) ||
            compareReports(report, this.report(record)));
    }
    /** Of the client's ID, 16 bits of a hash with the digest key: the same in all servers that have the key. */
    placeOf(client) {
        return this.#places[client];
    }
    /** How many clients are in one of so many buckets, whichever tables they are in. */
    sizeOfBucket(bucket, buckets) {
        let size = 0;
        for (let group = bucket; group < MAX_BUCKETS; group += buckets)
            size += this.#groups.sizeOf(group);
        return size;
    }
    /** Gives each of them. */
    eachInBucket(bucket, buckets, give) {
        for (let group = bucket; group < MAX_BUCKETS; group += buckets)
            this.#groups.each(group, give);
    }
    /** The two words of a record's hash. */
    hashHigh(record) {
        return this.#hashWord(record, 1);
    }
    hashLow(record) {
        return this.#hashWord(record, 2);
    }
    /** One more holds a record. */
    #hold(record) {
        const words = this.#arena.wordsAt(record);
        const index = this.#arena.wordIndex(record);
        words[index] = words[index] + ONE_HOLDER;
    }
    /** One less holds a record; when nobody does, its memory is used anew. */
    #release(record) {
        const words = this.#arena.wordsAt(record);
        const index = this.#arena.wordIndex(record);
        const left = words[index] - ONE_HOLDER;
        words[index] = left;
        if (left < ONE_HOLDER)
            this.#arena.free(record, blockWords(left));
    }
    #hashWord(record, word) {
        const words = this.#arena.wordsAt(record);
        const index = this.#arena.wordIndex(record);
        if (words[index + 1] === 0 && words[index + 2] === 0) {
            const { bytes, start, end } = this.line(record);
            siphash(this.#keys.digest, bytes, start, end);
            words[index + 1] = hash.high;
            words[index + 2] = hash.low;
        }
        return words[index + word];
    }
    #store({ bytes, start, end }) {
        const length = end - start;
        const record = this.#arena.take(blockWords(length));
        const words = this.#arena.wordsAt(record);
        const index = this.#arena.wordIndex(record);
        words[index] = length;
        words[index + 1] = 0;
        words[index + 2] = 0;
        copyBytes(bytes, start, end, this.#arena.bytesAt(record), this.#arena.byteIndex(record) + HEAD_BYTES);
        return record;
    }
    #isOf(client, bytes, start, end) {
        const record = this.newest(client);
        const own = this.#arena.bytesAt(record);
        // The ID is the fourth field of an AT line.
        let at = this.#arena.byteIndex(record) + HEAD_BYTES + 'AT '.length;
        while (own[at] !== SPACE)
            at += 1;
        at += 1;
        while (own[at] !== SPACE)
            at += 1;
        at += 1;
        for (let index = start; index < end; index += 1) {
            if (own[at] !== bytes[index])
                return false;
            at += 1;
        }
        return own[at] === SPACE;
    }
}
function blockWords(lineBytes) {
    return (HEAD_BYTES + lineBytes + 3) >>> 2;
}
/** Where the last field of a line starts. */
function lastField(bytes, end) {
    let at = end;
    while (bytes[at - 1] !== SPACE)
        at -= 1;
    return at;
}
