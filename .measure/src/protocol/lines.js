import { LF, toText } from './bytes.js';
import { ENDS, FIELDS, forget, search, SEARCHED, STARTS, WORDS_PER_LINE } from './marks.js';
/**
 * The most bytes of a command line, its line end not counted. The longest honest command is a few hundred bytes;
 * the rest is room for long client IDs.
 */
export const MAX_LINE_BYTES = 4_096;
/** How much of an overlong line is kept, to tell its sender which one it was. */
export const OVERLONG_HEAD_BYTES = 64;
const NOTHING = Buffer.alloc(0);
/** So many lines are looked at before they are read, at most: enough that what they need of memory can come at once. */
export const LINES_AHEAD = 64;
/** One for all readers, since they are read one after the other, each some lines. */
class Ahead {
    marks = new Int32Array(LINES_AHEAD * WORDS_PER_LINE);
    starts = new Int32Array(LINES_AHEAD);
    /** Who looks ahead. */
    reader;
    /** How many lines are known, and how many of them have been read. */
    count = 0;
    read = 0;
    bytes = NOTHING;
    fieldCount(line) {
        return this.marks[line * WORDS_PER_LINE + FIELDS];
    }
    fieldStart(line, index) {
        return this.starts[line] + this.marks[line * WORDS_PER_LINE + STARTS + index];
    }
    fieldEnd(line, index) {
        return this.starts[line] + this.marks[line * WORDS_PER_LINE + ENDS + index];
    }
}
const ahead = new Ahead();
/**
 * Cuts a stream of bytes into lines and fields, wherever the network cut it into pieces. Only LF ends a line. Whoever reads it takes
 * one line after the other, and may stop between two. Memory is bounded: a line over the limit is told once, as soon as it is over,
 * and skipped to its end.
 */
export class LineReader {
    /** The most bytes of a line. */
    maxBytes;
    bytes = NOTHING;
    start = 0;
    end = 0;
    isOverlong = false;
    fieldCount = 0;
    /** What is noted of the unfinished line. */
    #own = new Int32Array(WORDS_PER_LINE);
    /** What is noted of the line that is read: the words from an index on. */
    #marks = this.#own;
    #index = 0;
    /** Where the unfinished line, and what follows it, starts and ends. */
    #at = 0;
    #to = 0;
    #isSkipping = false;
    constructor(maxBytes = MAX_LINE_BYTES) {
        this.maxBytes = maxBytes;
    }
    fieldStart(index) {
        return this.start + this.#marks[this.#index + STARTS + index];
    }
    fieldEnd(index) {
        return this.start + this.#marks[this.#index + ENDS + index];
    }
    /** How many bytes have come in which no line was looked for yet. */
    get unreadBytes() {
        return this.#to - this.#at - this.#searched;
    }
    /** Takes what has arrived. It is kept, not copied, until its lines are read; only what is left of an earlier piece is. */
    push(piece) {
        const left = this.#to - this.#at;
        if (left === 0) {
            this.bytes = piece;
            this.#at = 0;
            this.#to = piece.length;
            return;
        }
        // A piece that was taken as it came is full: only a copy of ours has room behind its end.
        if (this.#to + piece.length > this.bytes.length)
            this.#move(left, piece.length);
        this.bytes.set(piece, this.#to);
        this.#to += piece.length;
    }
    /** The sender is done: what is left without a line end is a last line. */
    finish() {
        if (this.#to > this.#at && this.bytes[this.#to - 1] !== LF)
            this.push(Buffer.from([LF]));
    }
    /**
     * Looks at the next lines, none of which is read by that: at most so many, and no more after so many bytes. None in the midst of a line,
     * which must be read first.
     */
    lookAhead(mostLines, mostBytes) {
        ahead.reader = this;
        ahead.bytes = this.bytes;
        ahead.count = 0;
        ahead.read = 0;
        const most = this.#isSkipping || this.#searched > 0 ? 0 : Math.min(mostLines, LINES_AHEAD);
        const last = Math.min(this.#to, this.#at + mostBytes);
        for (let at = this.#at; ahead.count < most && at < last; ahead.count += 1) {
            const index = ahead.count * WORDS_PER_LINE;
            forget(ahead.marks, index);
            if (!search(this.bytes, at, this.#to, ahead.marks, index))
                break;
            ahead.starts[ahead.count] = at;
            at += ahead.marks[index + SEARCHED] + 1;
        }
        return ahead;
    }
    /** Whether the next line has been looked at. */
    get hasLooked() {
        return ahead.reader === this && ahead.read < ahead.count;
    }
    /** Reads the next line; gives whether there was one in what has come so far. */
    next() {
        for (;;) {
            const hasEnded = this.#find();
            const wasSkipping = this.#isSkipping;
            if (!hasEnded)
                return this.#isTooLong ? this.#skip() : this.#rest();
            this.start = this.#at;
            this.end = this.#at + this.#marks[this.#index + SEARCHED];
            this.fieldCount = this.#marks[this.#index + FIELDS];
            this.#at = this.end + 1;
            forget(this.#own, 0);
            this.#isSkipping = false;
            if (wasSkipping)
                continue;
            this.isOverlong = this.end - this.start > this.maxBytes;
            if (this.isOverlong)
                this.#behead();
            return true;
        }
    }
    /** Looks for the end of the next line; gives whether it has come. */
    #find() {
        if (!this.hasLooked) {
            this.#marks = this.#own;
            this.#index = 0;
            return search(this.bytes, this.#at, this.#to, this.#own, 0);
        }
        this.#marks = ahead.marks;
        this.#index = ahead.read * WORDS_PER_LINE;
        ahead.read += 1;
        return true;
    }
    get #searched() {
        return this.#own[SEARCHED];
    }
    get #isTooLong() {
        return this.#isSkipping || this.#searched > this.maxBytes;
    }
    // With nothing left, the piece that came last is let go of: a connection can be silent for long.
    #rest() {
        if (this.#at === this.#to)
            this.bytes = NOTHING;
        return false;
    }
    // What has come of a line that is too long is let go of. It is told when it has become too long, not again at its end.
    #skip() {
        const wasSkipping = this.#isSkipping;
        this.start = this.#at;
        this.end = this.#to;
        this.#at = this.#to;
        forget(this.#own, 0);
        this.#isSkipping = true;
        this.isOverlong = true;
        this.#behead();
        return wasSkipping ? this.#rest() : true;
    }
    #behead() {
        this.end = Math.min(this.end, this.start + OVERLONG_HEAD_BYTES);
        this.fieldCount = 0;
    }
    #move(left, more) {
        // Twice as much as is needed: a line that comes byte by byte is not moved with each of them.
        const own = Buffer.alloc(2 * (left + more));
        own.set(this.bytes.subarray(this.#at, this.#to));
        this.bytes = own;
        this.#at = 0;
        this.#to = left;
    }
}
/** A line as latin1 text; of one that is too long, its head and `...`. */
export function textOf({ bytes, start, end, isOverlong }) {
    return isOverlong ? `${toText(bytes, start, end)}...` : toText(bytes, start, end);
}
/** A line of latin1 text, without its line end, as if it had been read. */
export function lineOf(text) {
    const reader = new LineReader(Infinity);
    reader.push(Buffer.from(`${text}\n`, 'latin1'));
    reader.next();
    return reader;
}
