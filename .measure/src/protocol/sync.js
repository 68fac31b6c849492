import { toText, ZERO } from './bytes.js';
import { isDigit, wholeIn } from './decimal.js';
/** Writes the line, without its line end, that says a sync message; digests are 16 hexadecimal digits each, one after the other. */
export function writeSync(out, message) {
    switch (message.kind) {
        case 'digest':
            out.text(`DIGEST ${message.digest} ${message.clients}`);
            return;
        case 'buckets':
            out.text('BUCKETS ');
            break;
        case 'have':
            out.text(`HAVE ${message.bucket} `);
            break;
        case 'want':
            out.text(`WANT ${message.bucket} `);
    }
    const { digests } = message;
    out.reserve(DIGITS_PER_WORD * digests.length);
    for (const word of digests)
        writeWord(out, word);
}
/** Reads such a line, whose name is given; undefined if it is none. */
export function parseSync(name, line) {
    const { fieldCount } = line;
    switch (name) {
        case 'DIGEST': {
            const clients = parseCount(line, 2);
            const digest = parseDigests(line, 1);
            if (fieldCount !== 3 || clients === undefined || digest?.length !== 2)
                return undefined;
            return { kind: 'digest', digest: toText(line.bytes, line.fieldStart(1), line.fieldEnd(1)), clients };
        }
        case 'BUCKETS': {
            const digests = parseDigests(line, 1);
            return digests && fieldCount === 2 ? { kind: 'buckets', digests } : undefined;
        }
        case 'HAVE':
        case 'WANT': {
            const bucket = parseCount(line, 1);
            const digests = fieldCount === 2 ? NONE : parseDigests(line, 2);
            if (bucket === undefined || !digests || fieldCount > 3)
                return undefined;
            return { kind: name === 'HAVE' ? 'have' : 'want', bucket, digests };
        }
    }
}
/** A digest as text, 16 hexadecimal digits. */
export function formatDigest(high, low) {
    return high.toString(16).padStart(8, '0') + low.toString(16).padStart(8, '0');
}
const NONE = new Uint32Array(0);
const DIGITS_PER_WORD = 8;
const MAX_COUNT_DIGITS = 9;
/** `a`, the first of the hexadecimal digits that are letters. */
const LETTER_A = 97;
/** Writes a word in hexadecimal; there must be room for it. */
function writeWord(out, word) {
    const { bytes, length } = out;
    for (let index = 0; index < DIGITS_PER_WORD; index += 1) {
        const digit = (word >>> (28 - 4 * index)) & 15;
        bytes[length + index] = digit < 10 ? ZERO + digit : LETTER_A - 10 + digit;
    }
    out.length = length + DIGITS_PER_WORD;
}
function parseDigests(line, field) {
    const [start, end] = [line.fieldStart(field), line.fieldEnd(field)];
    const words = (end - start) / DIGITS_PER_WORD;
    if (line.fieldCount <= field || words % 2 !== 0)
        return undefined;
    const digests = new Uint32Array(words);
    for (let at = start; at < end; at += 1) {
        const byte = line.bytes[at];
        const digit = isDigit(byte) ? byte - ZERO : byte - LETTER_A + 10;
        if (digit < 0 || digit > 15 || (digit < 10 && !isDigit(byte)))
            return undefined;
        const word = Math.trunc((at - start) / DIGITS_PER_WORD);
        digests[word] = (digests[word] << 4) | digit;
    }
    return digests;
}
function parseCount(line, field) {
    if (line.fieldCount <= field)
        return undefined;
    return wholeIn(line.bytes, line.fieldStart(field), line.fieldEnd(field), MAX_COUNT_DIGITS);
}
