import { ClientQueue } from './client-queue.js';
/** Of which clients the newest report is not on disk yet, by their numbers; of none, as long as nothing is kept there. */
export class Unstored {
    #isStarted = false;
    #defers = false;
    #due = new ClientQueue();
    /** Those whose report came from another server of the process, which stores it soon, so that here it can wait. */
    #deferred = new ClientQueue();
    /** All that is known is on disk; from now on what is not must be stored. `defers` tells whether anything may wait. */
    start(defers) {
        this.#isStarted = true;
        this.#defers = defers;
    }
    /** How many are to be stored soon. */
    get size() {
        return this.#due.size;
    }
    /** How many can wait. */
    get deferred() {
        return this.#deferred.size;
    }
    /** The report of a client is to be stored, or to be stored again. */
    add(client) {
        if (this.#isStarted)
            this.#due.add(client);
    }
    /** The report of a client is to be stored, and can wait if anything may. */
    defer(client) {
        if (this.#defers)
            this.#deferred.add(client);
        else
            this.add(client);
    }
    /** None can wait any longer. */
    undefer() {
        for (let client = this.#deferred.shift(); client !== undefined; client = this.#deferred.shift())
            this.#due.add(client);
    }
    /** Takes at most `most` of those that are to be stored soon; they count as stored. */
    take(most) {
        const clients = [];
        while (clients.length < most) {
            const client = this.#due.shift();
            if (client === undefined)
                break;
            this.#deferred.delete(client);
            clients.push(client);
        }
        return clients;
    }
}
