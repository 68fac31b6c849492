import { UNKNOWN } from './archive.js';
import { Comparison } from './comparison.js';
import { Members } from './members.js';
import { Neighbour } from './neighbour.js';
import { HERE, LATE } from './origin.js';
import { BUCKETS, Table } from './table.js';
import { Trees } from './trees.js';
import { Unstored } from './unstored.js';
/**
 * What one server knows and whom it must tell: the table of the newest report of each client, and for each linked
 * neighbour what it has still to be told. It decides only; what it gives back, others carry out.
 */
export class Flood {
    #server;
    #archive;
    #table;
    #neighbours = [];
    #colleagues = [];
    /** What of it is to be put on disk. */
    unstored = new Unstored();
    #members;
    #trees;
    /** Of the clients whose reports have a count, that. A server counts only after its clock has stepped back. */
    #counts = new Map();
    #reports = {
        lineOf: (client) => this.#archive.line(this.#table.get(client)),
        countOf: (client) => this.#counts.get(client),
    };
    /** `server` is this server's name. Servers that compare must have as many buckets, a power of two, and archives with the same digest key. */
    constructor(server, archive, buckets = BUCKETS) {
        this.#server = server;
        this.#archive = archive;
        this.#table = new Table(archive, buckets);
        this.#members = new Members(archive, this.#table);
        this.#trees = new Trees(server);
    }
    /** How many clients are known. */
    get size() {
        return this.#table.size;
    }
    /** The digest of all that is known. */
    get digest() {
        return this.#table.digest;
    }
    /** The newest report of the client with this ID, or undefined if none was heard. It is valid until another is heard. */
    get(client) {
        const number = this.#archive.find(client, 0, client.length);
        return number === UNKNOWN || this.#table.get(number) === UNKNOWN ? undefined : this.reportOf(number);
    }
    /** The newest report of every client, each valid until another is heard. */
    *reports() {
        for (const client of this.#table.clients())
            yield this.reportOf(client);
    }
    /** All clients that are known, by their numbers. */
    clients() {
        return this.#table.clients();
    }
    /** Lines are about to be heard, or asked, most of them of clients. */
    foresee(lines) {
        this.#archive.foresee(lines);
    }
    /**
     * Takes in a report from a client (no `from`) or from a neighbour; gives whether it is news. News travels, repetition stops. `count` is its
     * place among the reports of its origin; without one, the time of its arrival there is.
     */
    hear(report, from, count) {
        const neighbour = from === undefined ? undefined : this.#linked(from);
        const way = this.#trees.heard(report, neighbour?.branch, count);
        const isNews = this.#hear(report, way, neighbour, count);
        if (!neighbour?.branch)
            return isNews;
        if (typeof way === 'object')
            this.#trees.brought(way, neighbour.branch, isNews);
        else if (!isNews)
            this.#trees.repeated(report, neighbour.branch);
        return isNews;
    }
    /** Takes in a report that a linked neighbour says is late: it goes to all others, whatever they have asked for. Gives whether it is news. */
    hearLate(report, from) {
        return this.#hear(report, LATE, this.#linked(from));
    }
    /**
     * A link to a neighbour in the same process, with the same archive, is up: it hears what is news to it at once, and `told` is given
     * that. The neighbour needs to be linked to this server as well.
     */
    linkWithin(neighbour, told) {
        this.#colleagues.push({ flood: neighbour, told });
        for (const client of this.#table.clients())
            this.#spread(client, this.#table.get(client), this.reportOf(client), false);
    }
    /** A link to a neighbour came up: whatever either side missed while it was down, they compare, or all is told. */
    linkUp(neighbour, kind) {
        this.linkDown(neighbour);
        const branch = kind === 'proxyherd' ? this.#trees.linkUp(neighbour) : undefined;
        const comparison = new Comparison({
            table: this.#table,
            members: this.#members,
            // Both say their digest, but one answer is enough.
            answers: this.#server > neighbour,
            // For how long the neighbour has lacked the report is unknown, and servers beyond it may lack it too.
            tell: (client) => {
                linked.tellLate(client);
            },
        });
        const linked = new Neighbour(neighbour, comparison, branch);
        if (branch)
            comparison.begin();
        else if (this.size > 0)
            linked.tellAll(this.#table.clients());
        this.#neighbours.push(linked);
    }
    /** A link is down: nothing is kept for the neighbour, because what it misses is found out when it is back. */
    linkDown(neighbour) {
        const index = this.#neighbours.findIndex(({ name }) => name === neighbour);
        if (index === -1)
            return;
        const [lost] = this.#neighbours.splice(index, 1);
        if (!lost?.branch)
            return;
        this.#trees.linkDown(lost.branch);
        // What was on its way from there others have, perhaps longer than they remember.
        for (const { branch, comparison } of this.#neighbours)
            if (branch)
                comparison.begin();
    }
    /** The newest report of a client by its number, valid until another is heard. */
    reportOf(client) {
        return this.#archive.report(this.#table.get(client));
    }
    /** How many reports must be hashed before the digest is known. Whoever asks for it waits until that are at most `MAX_UNHASHED`. */
    get unhashed() {
        return this.#table.unhashed;
    }
    /** Hashes so many of them, or a few more. */
    hash(count) {
        this.#table.hash(count);
    }
    /** Whether comparisons have work that is done in slices, so that it keeps nobody waiting. */
    get isBehind() {
        for (const { comparison } of this.#neighbours)
            if (comparison.isBehind)
                return true;
        return false;
    }
    /** Does a slice of it, of about so many reports or clients, and at most a bucket more. */
    work(count) {
        this.#neighbours.find(({ comparison }) => comparison.isBehind)?.work(count);
    }
    /** Says our digest to a neighbour, which will tell whether its own differs. */
    compare(neighbour) {
        this.#linked(neighbour)?.comparison.begin();
    }
    /** Whether a neighbour's digest was ours when it last said it; undefined if it has not said one on this link. */
    inSync(neighbour) {
        return this.#linked(neighbour)?.comparison.inSync;
    }
    /** Takes in what a linked neighbour says of its table. */
    hearSync(message, from) {
        this.#linked(from)?.hearSync(message);
    }
    /** Takes in what a linked neighbour says of a tree. */
    hearTree(message, from) {
        const neighbour = this.#linked(from);
        if (!neighbour?.branch)
            return;
        const isAll = this.#trees.hear(message, neighbour.branch, (client) => {
            neighbour.tellAgain(client);
        });
        if (!isAll)
            neighbour.comparison.begin();
    }
    /** Whether `beat` is due: some time after something has come, and after a beat that has left something open. */
    get isRestless() {
        return this.#trees.isRestless;
    }
    /** Time goes on. Beats are as far apart as a report may be under way between neighbours at most. */
    beat() {
        this.#trees.beat();
    }
    /** How many clients a neighbour must still be told of, at most; 0 for one that is not linked. */
    pending(neighbour) {
        return Math.min(this.size, this.#linked(neighbour)?.pendingIn(this.#archive.clients) ?? 0);
    }
    /** Whether there is anything to send to a neighbour. */
    hasToTell(neighbour) {
        return this.#linked(neighbour)?.hasToHear ?? false;
    }
    /** A message from a neighbour, or to it, may be under way for so many beats. */
    setDelay(neighbour, beats) {
        const branch = this.#linked(neighbour)?.branch;
        if (branch)
            branch.delayBeats = beats;
    }
    /** Gives at most `most` messages of a part, or of both, to send to a neighbour now, which count as sent; returns how many. */
    take(neighbour, most, outbox, part) {
        return this.#linked(neighbour)?.take(most, outbox, this.#reports, part) ?? 0;
    }
    /** Tells the servers of the process what is news here. Each tells all its neighbours before any of them passes it on, as over a network. */
    #spread(client, record, report, isLate) {
        const tellers = [this];
        const count = this.#counts.get(client);
        for (const teller of tellers)
            for (const { flood, told } of teller.#colleagues) {
                if (!flood.#hearRecord(client, record, report, isLate, count))
                    continue;
                told(report);
                tellers.push(flood);
            }
    }
    #hear(report, way, from, count) {
        const archive = this.#archive;
        const client = archive.find(report.bytes, report.client, report.position - 1);
        if (client === UNKNOWN) {
            const added = archive.enrol(report);
            this.#put(added, archive.newest(added), way, from);
            this.#setCount(added, count);
            this.unstored.add(added);
            this.#spread(added, archive.newest(added), report, way === LATE);
            return true;
        }
        const newest = archive.newest(client);
        const old = this.#table.get(client);
        const order = archive.compare(report, newest);
        const toOld = old === newest ? order : old === UNKNOWN ? 1 : archive.compare(report, old);
        if (toOld === 0)
            from?.knows(client);
        if (toOld <= 0)
            return false;
        const record = order > 0 ? archive.renew(client, report) : order < 0 ? archive.keepOlder(report) : newest;
        this.#put(client, record, way, from);
        this.#setCount(client, count);
        this.unstored.add(client);
        this.#spread(client, record, report, way === LATE);
        return true;
    }
    #hearRecord(client, record, report, isLate, count) {
        const old = this.#table.get(client);
        if (old === record)
            return false;
        // Nothing is equal to the newest but itself, so that mostly there is nothing to compare.
        if (old !== UNKNOWN && record !== this.#archive.newest(client))
            if (this.#archive.compare(report, old) <= 0)
                return false;
        const way = isLate ? LATE : this.#trees.heard(report, HERE, count);
        if (typeof way === 'object')
            this.#trees.brought(way, HERE, true);
        this.#put(client, record, way);
        this.#setCount(client, count);
        this.unstored.defer(client);
        return true;
    }
    #put(client, record, way, from) {
        this.#table.put(client, record);
        for (const neighbour of this.#neighbours)
            // Not back to the sender: it told us, so it knows.
            if (neighbour === from)
                neighbour.knows(client);
            else
                neighbour.tell(client, way);
    }
    #setCount(client, count) {
        if (count !== undefined)
            this.#counts.set(client, count);
        else if (this.#counts.size > 0)
            this.#counts.delete(client);
    }
    #linked(neighbour) {
        for (const linked of this.#neighbours)
            if (linked.name === neighbour)
                return linked;
        return undefined;
    }
}
