import { once } from 'node:events';
import { connect } from 'node:net';
import { LF } from '../../src/protocol/bytes.js';
const EVERY_MS = 5;
/** A client that asks a server something short every few milliseconds, whether or not it has been answered, and notes how long each answer takes. */
export class Probe {
    #socket;
    #timer;
    /** When what is not answered yet was asked. */
    #asked = [];
    #waits = [];
    constructor(socket) {
        this.#socket = socket;
        socket.setNoDelay(true);
        socket.on('data', (bytes) => {
            for (const byte of bytes)
                if (byte === LF)
                    this.#waits.push(performance.now() - this.#asked.shift());
        });
        this.#timer = setInterval(() => {
            this.#asked.push(performance.now());
            // No server knows this client, so the answer is one line and nothing is looked up.
            socket.write('WHATSAT nobody 0 0\n');
        }, EVERY_MS);
    }
    static async start(port) {
        const socket = connect({ port, host: '127.0.0.1' });
        await once(socket, 'connect');
        return new Probe(socket);
    }
    /** What was measured before does not count. */
    reset() {
        this.#waits = [];
    }
    /** The longest wait. */
    get longestMs() {
        const now = performance.now();
        return Math.max(0, ...this.#waits, ...this.#asked.map((at) => now - at));
    }
    /** The longest wait and some others. */
    get words() {
        const now = performance.now();
        const waits = [...this.#waits, ...this.#asked.map((at) => now - at)].sort((a, b) => a - b);
        const at = (part) => (waits[Math.ceil(part * waits.length) - 1] ?? NaN).toFixed(1);
        return `${waits.length} asked, median ${at(0.5)} ms, p99 ${at(0.99)} ms, longest ${at(1)} ms`;
    }
    async stop() {
        clearInterval(this.#timer);
        this.#socket.destroy();
        await once(this.#socket, 'close');
    }
}
