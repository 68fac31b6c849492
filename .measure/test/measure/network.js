import { fork } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
/**
 * Slow links, in a process of their own, so that measuring does not delay what they deliver. It is not a worker thread: in Node 20 the
 * end of one that has reset a connection can take for ever.
 */
export class Network {
    #process = fork(fileURLToPath(new URL('./network-process.js', import.meta.url)));
    #opening = new Map();
    #seed;
    #opened = 0;
    /** The same seed gives the same delays to links that are opened in the same order. */
    constructor(seed) {
        this.#seed = seed;
        this.#process.on('message', ({ id, port }) => {
            this.#opening.get(id)?.(port);
            this.#opening.delete(id);
        });
    }
    /** Opens a link to a port of loopback. Resolves to the port at which it takes connections. */
    open(farPort, delayMs) {
        this.#opened += 1;
        const id = this.#opened;
        this.#post({ kind: 'open', id, farPort, delayMs, seed: this.#seed + id });
        return new Promise((resolve) => this.#opening.set(id, resolve));
    }
    /** Turns stalls on or off; they are off at first. What is held by a stall already is held to its end. */
    setStalls(isOn) {
        this.#post({ kind: 'stalls', isOn });
    }
    /** Breaks all connections. */
    async close() {
        const exited = once(this.#process, 'exit');
        this.#process.kill('SIGKILL');
        await exited;
    }
    #post(request) {
        this.#process.send(request);
    }
}
