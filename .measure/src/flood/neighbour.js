import { ClientQueue } from './client-queue.js';
import { ClientSet } from './client-set.js';
import { LATE } from './origin.js';
/** A linked neighbour, and what it has still to be told. */
export class Neighbour {
    name;
    comparison;
    /** Undefined for one that knows nothing of trees. */
    branch;
    // By client: however far a neighbour lags behind, it costs one place a client, and when it is ready it gets the newest
    // report of each.
    #pending = new ClientQueue();
    /** Those whose reports it has missed, and that are not pending: they are sent after what is new. */
    #missed = new ClientQueue();
    /** Of which of these it is told that the report is late. */
    #late = new ClientSet();
    /** How many reports it has been told. */
    #told = 0;
    /**
     * WANT waits until it has been told so many. What it is told first often takes the place of a report that we would have asked for, and then
     * it need not send that.
     */
    #wantsAfter = 0;
    /** The rest of all clients, if it is told everything; they are read as it takes them, however many there are. */
    #rest;
    /** The first number of that rest. Those before it are pending if they must be told. */
    #restFrom = Infinity;
    /** Of which clients of that rest it knows our report. */
    #known = new ClientSet();
    constructor(name, comparison, branch) {
        this.name = name;
        this.comparison = comparison;
        this.branch = branch;
    }
    /** How many of so many clients it must still be told of, at most. */
    pendingIn(clients) {
        return this.#owed + Math.max(0, clients - this.#restFrom) - this.#known.size;
    }
    /** It is told everything: our reports of these clients, whose numbers rise, and may become more meanwhile. */
    tellAll(clients) {
        this.#rest = clients;
        this.#restFrom = 0;
    }
    /** It says something of its table. */
    hearSync(message) {
        this.comparison.hear(message);
        if (message.kind === 'have')
            this.#wantsAfter = this.#told + this.#owed;
    }
    /** Does a slice of what is to be compared; see `Comparison`. */
    work(count) {
        if (this.comparison.work(count))
            this.#wantsAfter = this.#told + this.#owed;
    }
    /** Our report of a client is news, and goes that way. */
    tell(client, way) {
        if (way === LATE) {
            this.tellLate(client);
            return;
        }
        // Who lacks the older one gets this.
        this.#late.delete(client);
        if (way && this.branch?.isPruned(way))
            this.branch.owe(client, way);
        else if (client >= this.#restFrom)
            this.#known.delete(client);
        else {
            this.#pending.add(client);
            this.#missed.delete(client);
        }
    }
    /** It lacks our report of a client, and others beyond it may. */
    tellLate(client) {
        this.tellAgain(client);
        if (this.branch)
            this.#late.add(client);
    }
    /** It lacks our report of a client. */
    tellAgain(client) {
        if (client >= this.#restFrom)
            this.#known.delete(client);
        else if (!this.#pending.has(client))
            this.#missed.add(client);
    }
    /** It knows our report of a client. */
    knows(client) {
        if (client >= this.#restFrom)
            this.#known.add(client);
        else {
            this.#pending.delete(client);
            this.#missed.delete(client);
        }
        this.branch?.knows(client);
    }
    /** Whether there is anything to send to it. */
    get hasToHear() {
        const hasReports = this.#owed > 0 || this.#rest !== undefined;
        return hasReports || this.comparison.hasToSay || this.branch?.hasToSay === true;
    }
    /** Gives at most `most` messages of a part, or of both, to send to it now, which count as sent; returns how many. `reports` are ours. */
    take(most, outbox, reports, part) {
        let taken = 0;
        if (part !== 'repairs')
            taken += this.#takeNews(most, outbox, reports);
        if (part !== 'news')
            taken += this.#takeRepairs(most - taken, outbox, reports);
        return taken;
    }
    #takeNews(most, outbox, reports) {
        let taken = this.branch?.take(most, (message) => {
            outbox.tree(message);
        }) ?? 0;
        for (; taken < most; taken += 1) {
            const client = this.#pending.shift();
            if (client === undefined)
                break;
            this.#send(client, outbox, reports);
        }
        return taken;
    }
    #takeRepairs(most, outbox, reports) {
        const mayWant = this.#mayWant;
        let taken = this.#takeSync(most, mayWant, outbox);
        for (; taken < most; taken += 1) {
            const client = this.#missed.shift() ?? this.#nextOfRest();
            if (client === undefined)
                break;
            this.#send(client, outbox, reports);
        }
        return mayWant ? taken : taken + this.#takeSync(most - taken, this.#mayWant, outbox);
    }
    #send(client, outbox, reports) {
        outbox.report(reports.lineOf(client), this.#late.delete(client), reports.countOf(client));
        this.branch?.knows(client);
        this.#told += 1;
    }
    #takeSync(most, mayWant, outbox) {
        return this.comparison.take(most, mayWant, (message) => {
            outbox.sync(message);
        });
    }
    /** Whether it may be asked for reports now. */
    get #mayWant() {
        return this.#told >= this.#wantsAfter || this.#owed === 0;
    }
    /** How many reports it must still be sent, without the rest of all clients. */
    get #owed() {
        return this.#pending.size + this.#missed.size;
    }
    /** The next client of the rest whose report it does not know. */
    #nextOfRest() {
        while (this.#rest) {
            const next = this.#rest.next();
            if (next.done === true) {
                this.#rest = undefined;
                this.#restFrom = Infinity;
                this.#known = new ClientSet();
            }
            else {
                this.#restFrom = next.value + 1;
                if (!this.#known.delete(next.value))
                    return next.value;
            }
        }
        return undefined;
    }
}
