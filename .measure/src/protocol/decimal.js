import { POINT, ZERO } from './bytes.js';
/** What is given for bytes that are no decimal. */
export const NO_DECIMAL = -1;
/**
 * Where the point is in a decimal, digits with an optional point and digits: its index, or `end` if there is none. Deliberately narrower
 * than JavaScript's Number(): no sign, exponent, hexadecimal, underscore, `5.` or `.5`, and only the digits 0 to 9.
 */
export function pointIn(bytes, start, end) {
    let point = end;
    for (let at = start; at < end; at += 1) {
        const byte = bytes[at];
        if (byte === POINT && point === end)
            point = at;
        else if (!isDigit(byte))
            return NO_DECIMAL;
    }
    return start >= end || point === start || point === end - 1 ? NO_DECIMAL : point;
}
/**
 * Where the longest decimal ends that starts some bytes, if it is at most `limit`, a small whole number. Exact however many digits there
 * are: as a double, 90.0000000000000000001 would be 90.
 */
export function endAtMost(bytes, start, end, limit) {
    let at = start;
    let whole = 0;
    for (; at < end && isDigit(bytes[at]); at += 1)
        if (whole <= limit)
            whole = whole * 10 + bytes[at] - ZERO;
    if (at === start || whole > limit)
        return NO_DECIMAL;
    if (bytes[at] !== POINT || at === end)
        return at;
    const fraction = at + 1;
    let isMore = false;
    for (at = fraction; at < end && isDigit(bytes[at]); at += 1)
        isMore ||= bytes[at] !== ZERO;
    return at === fraction || (isMore && whole === limit) ? NO_DECIMAL : at;
}
/** A whole number of at most so many digits; undefined for anything else. */
export function wholeIn(bytes, start, end, mostDigits) {
    if (end - start > mostDigits)
        return undefined;
    let whole = 0;
    for (let at = start; at < end; at += 1) {
        const byte = bytes[at];
        if (!isDigit(byte))
            return undefined;
        whole = whole * 10 + (byte - ZERO);
    }
    return whole;
}
export function isDigit(byte) {
    return byte >= ZERO && byte < ZERO + 10;
}
