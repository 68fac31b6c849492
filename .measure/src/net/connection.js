import { LineReader } from '../protocol/lines.js';
import { Opening } from '../protocol/opening.js';
import { BYTES_PER_TURN, CLOSE_TIMEOUT_MS, DISMISS_MS, KEEP_ALIVE_MS, LINES_PER_TURN, MAX_LINK_LINE_BYTES, TURNS_OF_A_LINK, } from './limits.js';
import { socketWords } from './words.js';
/**
 * A TCP connection as lines in and bytes out. It has one owner at a time, who is told of lines a few at a time, in turn with those of all
 * other connections.
 */
export class Connection {
    /** The other end: `127.0.0.1:50112`. */
    peer;
    #socket;
    #reader;
    // What a client sends while others have their turn stays with the system, and then the client has to wait.
    #maxUnreadBytes = 0;
    #turns = 1;
    #owner;
    #heardAt = performance.now();
    #turn;
    #isPaused = false;
    #isEnding = false;
    #opening;
    constructor(socket, maxLineBytes) {
        this.#socket = socket;
        this.peer = formatAddress(socket.remoteAddress, socket.remotePort);
        this.#reader = new LineReader(maxLineBytes);
        let why;
        // Replies are small and wanted at once: never wait to fill a packet.
        socket.setNoDelay(true);
        socket.on('data', (chunk) => {
            this.#heardAt = performance.now();
            if (this.#opening)
                this.#open(this.#opening.push(chunk));
            else
                this.#receive(chunk);
        });
        socket.on('end', () => {
            if (this.#opening)
                this.#open(this.#opening.finish());
            this.#isEnding = true;
            if (!this.#turn)
                this.#end();
        });
        socket.on('drain', () => this.#owner?.drained?.());
        socket.on('timeout', () => socket.destroy(new Error('idle for too long')));
        socket.on('error', (error) => (why = socketWords(error)));
        socket.on('close', () => {
            clearImmediate(this.#turn);
            this.#owner?.closed(why);
        });
    }
    /** Hands the connection to a new owner, who alone is told from now on. */
    own(owner) {
        this.#owner = owner;
        if (this.#reader.unreadBytes > 0)
            this.#goOn();
    }
    /** Delivers no line until the first one shows that the peer sends commands. Must be called before anything is read. */
    screen() {
        this.#opening = new Opening();
    }
    /** It is a link from now on: takes lines between servers, as much as one of them before it is their turn, and several turns' lines in one. */
    becomeLink() {
        this.#reader.maxBytes = MAX_LINK_LINE_BYTES;
        this.#maxUnreadBytes = MAX_LINK_LINE_BYTES;
        this.#turns = TURNS_OF_A_LINK;
    }
    /**
     * When anything at all last came, on the clock of `performance.now()`: now, while some of it has still to be read; at first, when the
     * connection was made.
     */
    get heardAt() {
        return this.#reader.unreadBytes > 0 ? performance.now() : this.#heardAt;
    }
    /** How many bytes it has carried; within TLS, if it is secured. */
    get carried() {
        return { sentBytes: this.#socket.bytesWritten, receivedBytes: this.#socket.bytesRead };
    }
    /** Tells its owner at once of all that has come. */
    readAll() {
        while (this.#reader.next())
            this.#owner?.line(this.#reader);
    }
    /** Calls back when the connection is gone, whoever owns it then. */
    onceClosed(closed) {
        this.#socket.once('close', closed);
    }
    /** Resolves when the connection is gone. */
    get closed() {
        if (this.#socket.closed)
            return Promise.resolve();
        return new Promise((resolve) => {
            this.onceClosed(resolve);
        });
    }
    /** Has the system find out when a peer that says nothing is not there any more. */
    keepAlive() {
        this.#socket.setKeepAlive(true, KEEP_ALIVE_MS);
    }
    /** Sends bytes, or latin1 text; what the peer does not read yet is kept. */
    write(data) {
        if (this.#socket.writable)
            this.#socket.write(data, 'latin1');
    }
    /** How many bytes are written but not sent. */
    get backlogBytes() {
        return this.#socket.writableLength;
    }
    /** Tells its owner of nothing more that comes, until it is resumed. */
    pause() {
        this.#isPaused = true;
        this.#socket.pause();
    }
    resume() {
        if (!this.#isPaused)
            return;
        this.#isPaused = false;
        this.#goOn();
    }
    /** Closes the connection when nothing has come or gone for so long; 0 for never. */
    closeWhenIdle(milliseconds) {
        this.#socket.setTimeout(milliseconds);
    }
    /** Sends what is left, then closes, whether or not the peer does; if the peer does not read that, after a while all the same. */
    close() {
        this.#socket.setTimeout(CLOSE_TIMEOUT_MS);
        this.#socket.destroySoon();
    }
    /**
     * Sends a last answer and closes, although the peer may go on sending or never read. What the peer sends is dropped for a while, because
     * closing with unread bytes would reset the connection, and the reset could destroy the answer before the peer reads it.
     */
    dismiss(answer, waitMs = DISMISS_MS) {
        const timeout = setTimeout(() => this.#socket.destroy(), waitMs);
        this.onceClosed(() => {
            clearTimeout(timeout);
        });
        this.#socket.end(answer, 'latin1');
    }
    /** Closes at once, and what is not sent is lost; `why` is what the owner is told. */
    destroy(why) {
        this.#socket.destroy(why === undefined ? undefined : new Error(why));
    }
    /** A foreign peer is never read again: its opening drops all bytes. */
    #open(opened) {
        if (opened.kind === 'foreign')
            this.#owner?.foreign?.(opened.protocol);
        if (opened.kind !== 'lines')
            return;
        this.#opening = undefined;
        this.#receive(opened.bytes);
    }
    #receive(bytes) {
        this.#reader.push(bytes);
        if (this.#turn)
            return;
        this.#read();
        // So much is read of it at once that more would come, and be read, ever again before others have their turn.
        if (this.#turns > 1)
            this.#waitTurn();
    }
    #read() {
        const reader = this.#reader;
        const leaveBytes = reader.unreadBytes - this.#turns * BYTES_PER_TURN;
        for (let left = this.#turns * LINES_PER_TURN; left > 0 && this.#isRead; left -= 1) {
            if (!reader.hasLooked)
                this.#owner?.ahead?.(reader.lookAhead(left, reader.unreadBytes - leaveBytes));
            if (!reader.next())
                break;
            this.#owner?.line(reader);
            if (reader.unreadBytes < leaveBytes)
                break;
        }
        this.#owner?.turnOver?.();
        this.#goOn();
    }
    get #isRead() {
        return this.#owner !== undefined && !this.#isPaused && !this.#socket.destroyed;
    }
    /** Sees that what is left is read in the next turn, and that no more comes than may wait for it. */
    #goOn() {
        if (this.#reader.unreadBytes > this.#maxUnreadBytes)
            this.#socket.pause();
        else if (!this.#isPaused)
            this.#socket.resume();
        if (this.#reader.unreadBytes > 0 && this.#isRead)
            this.#waitTurn();
    }
    #waitTurn() {
        this.#turn ??= setImmediate(() => {
            this.#turn = undefined;
            if (this.#reader.unreadBytes > 0) {
                if (!this.#isRead)
                    return;
                this.#read();
            }
            if (this.#isEnding)
                this.#end();
        });
    }
    #end() {
        if (this.#reader.unreadBytes > 0)
            return;
        this.#reader.finish();
        this.readAll();
        this.#owner?.turnOver?.();
        this.#owner?.ended();
    }
}
/** `127.0.0.1:12104`, `[::1]:12104`. Of a connection that broke at once the system no longer knows either. */
export function formatAddress(host = 'unknown', port = 0) {
    return host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
}
