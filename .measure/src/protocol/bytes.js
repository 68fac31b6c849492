// What is on the wire stays bytes from one socket to the next: text is made of it only for people.
export const LF = 10;
export const SPACE = 32;
export const PLUS = 43;
export const MINUS = 45;
export const POINT = 46;
export const ZERO = 48;
/** Latin1 text as bytes, a byte a character. */
export function toBytes(text) {
    return Buffer.from(text, 'latin1');
}
/** Some bytes as latin1 text, a character a byte. */
export function toText(bytes, start = 0, end = bytes.length) {
    return bytes.toString('latin1', start, end);
}
/** Whether some bytes spell a text. */
export function spells(bytes, start, end, text) {
    if (end - start !== text.length)
        return false;
    for (let index = 0; index < text.length; index += 1)
        if (bytes[start + index] !== text.charCodeAt(index))
            return false;
    return true;
}
/** Whether some bytes come before (negative) or after (positive) others, byte by byte; 0 if they are the same. */
export function compareBytes(a, aStart, aEnd, b, bStart, bEnd) {
    const aLength = aEnd - aStart;
    const bLength = bEnd - bStart;
    const length = Math.min(aLength, bLength);
    for (let index = 0; index < length; index += 1) {
        const difference = a[aStart + index] - b[bStart + index];
        if (difference !== 0)
            return difference;
    }
    return aLength - bLength;
}
/** Four bytes as a number of 32 bits with a sign, the first byte the lowest. */
export function wordAt(bytes, at) {
    return (bytes[at] |
        (bytes[at + 1] << 8) |
        (bytes[at + 2] << 16) |
        (bytes[at + 3] << 24));
}
/** For fewer bytes, such as a report has, the call of a copy that is built in costs more than the copying. */
const FEW_BYTES = 256;
/** Copies bytes. */
export function copyBytes(from, start, end, to, at) {
    if (end - start > FEW_BYTES) {
        from.copy(to, at, start, end);
        return;
    }
    const shift = at - start;
    for (let index = start; index < end; index += 1)
        to[index + shift] = from[index];
}
/** What a writer keeps of its room when what was written has been taken out. */
const MAX_KEPT_BYTES = 256 * 1024;
/** Bytes that grow at their end. What was written stays where it is until `clear`, but `bytes` may be another array after each `reserve`. */
export class ByteWriter {
    bytes;
    /** How many bytes are written. */
    length = 0;
    constructor(capacity = 4_096) {
        this.bytes = Buffer.alloc(capacity);
    }
    /** Makes room for so many more bytes. */
    reserve(more) {
        const needed = this.length + more;
        if (needed <= this.bytes.length)
            return;
        const larger = Buffer.alloc(Math.max(needed, 2 * this.bytes.length));
        larger.set(this.bytes.subarray(0, this.length));
        this.bytes = larger;
    }
    text(text) {
        this.reserve(text.length);
        this.length += this.bytes.write(text, this.length, 'latin1');
    }
    /** Writes the last so many digits of a whole number of at most 2^53, with zeros before those that it has. */
    digits(number, places) {
        this.reserve(places);
        let rest = number;
        for (let at = this.length + places - 1; at >= this.length; at -= 1) {
            const tenth = Math.floor(rest / 10);
            this.bytes[at] = ZERO + rest - 10 * tenth;
            rest = tenth;
        }
        this.length += places;
    }
    copy(from, start, end) {
        this.reserve(end - start);
        copyBytes(from, start, end, this.bytes, this.length);
        this.length += end - start;
    }
    byte(byte) {
        this.reserve(1);
        this.bytes[this.length] = byte;
        this.length += 1;
    }
    /** Takes out what was written: a copy of it. */
    take() {
        const taken = Buffer.from(this.bytes.subarray(0, this.length));
        this.length = 0;
        if (this.bytes.length > MAX_KEPT_BYTES)
            this.bytes = Buffer.alloc(MAX_KEPT_BYTES);
        return taken;
    }
}
