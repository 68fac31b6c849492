import { MINUS, PLUS, POINT, toText, ZERO } from './bytes.js';
import { isDigit, pointIn } from './decimal.js';
export const NANOSECONDS_PER_SECOND = 1_000_000_000;
const NANOSECONDS_PER_MICROSECOND = 1_000;
export const NANOSECONDS_PER_MILLISECOND = 1000000n;
const MICROSECONDS_PER_SECOND = 1_000_000;
const FRACTION_DIGITS = 9;
/** A double holds any number of so many digits. */
const EXACT_DIGITS = 15;
/** Reads POSIX seconds with an optional fraction; undefined for anything else. Digits past the ninth of the fraction do not count. */
export function parseTime(bytes, start, end) {
    let at = start;
    let seconds = 0;
    let digits = 0;
    for (; at < end && isDigit(bytes[at]); at += 1) {
        seconds = seconds * 10 + bytes[at] - ZERO;
        if (seconds > 0)
            digits += 1;
    }
    if (at === start)
        return undefined;
    if (digits > EXACT_DIGITS)
        seconds = Infinity;
    if (at === end)
        return { seconds, nanoseconds: 0 };
    const isFraction = bytes[at] === POINT && pointIn(bytes, at + 1, end) === end;
    return isFraction ? { seconds, nanoseconds: nanosecondsIn(bytes, at, end) } : undefined;
}
/** A number of nanoseconds since 1970, as an instant. */
export function instantOf(nanoseconds) {
    const perSecond = BigInt(NANOSECONDS_PER_SECOND);
    return {
        seconds: Number(nanoseconds / perSecond),
        nanoseconds: Number(nanoseconds % perSecond),
    };
}
/** Whether an instant is more than a whole number of seconds later than another. */
export function isMoreThan(seconds, later, earlier) {
    const ahead = later.seconds - earlier.seconds;
    return ahead > seconds || (ahead === seconds && later.nanoseconds > earlier.nanoseconds);
}
/** Whether one time, as digits, is later (positive) or earlier (negative) than another; 0 if no nanosecond is between them. */
export function compareTimes(a, aStart, aEnd, b, bStart, bEnd) {
    const length = aEnd - aStart;
    if (length !== bEnd - bStart)
        return compareDigits(a, aStart, aEnd, b, bStart, bEnd);
    let index = 0;
    let point = length;
    while (index < length && a[aStart + index] === b[bStart + index]) {
        if (a[aStart + index] === POINT)
            point = index;
        index += 1;
    }
    if (index === length)
        return 0;
    // By far the most have as many digits before the point and behind it.
    for (let at = index; point === length && at < length; at += 1) {
        const isPoint = a[aStart + at] === POINT;
        if (isPoint !== (b[bStart + at] === POINT))
            return compareDigits(a, aStart, aEnd, b, bStart, bEnd);
        if (isPoint)
            point = at;
    }
    return index > point + FRACTION_DIGITS ? 0 : a[aStart + index] - b[bStart + index];
}
/** The same, however the digits are written. */
function compareDigits(a, aStart, aEnd, b, bStart, bEnd) {
    const aPoint = pointIn(a, aStart, aEnd);
    const bPoint = pointIn(b, bStart, bEnd);
    const aFirst = skipZeros(a, aStart, aPoint);
    const bFirst = skipZeros(b, bStart, bPoint);
    const more = aPoint - aFirst - (bPoint - bFirst);
    if (more !== 0)
        return more;
    for (let index = 0; index < aPoint - aFirst; index += 1) {
        const difference = a[aFirst + index] - b[bFirst + index];
        if (difference !== 0)
            return difference;
    }
    return nanosecondsIn(a, aPoint, aEnd) - nanosecondsIn(b, bPoint, bEnd);
}
/** The server's clock of which a time and a skew tell, in whole microseconds since 1970; it may be beyond what any clock shows. */
export function clockOf({ bytes, start, end }, skew, skewEnd) {
    const time = parseTime(bytes, start, end);
    const ahead = parseTime(bytes, skew + 1, skewEnd);
    const sign = bytes[skew] === MINUS ? -1 : 1;
    return microsecondsOf({
        seconds: time.seconds + sign * ahead.seconds,
        nanoseconds: time.nanoseconds + sign * ahead.nanoseconds,
    });
}
/** An instant in whole microseconds since 1970; nanoseconds may be negative, or more than a second has. */
export function microsecondsOf({ seconds, nanoseconds }) {
    return seconds * MICROSECONDS_PER_SECOND + Math.floor(nanoseconds / NANOSECONDS_PER_MICROSECOND);
}
/** Writes the server's clock minus the client's time in seconds: always signed, always nine decimals, such as `+0.263873386`. */
export function writeSkew(out, receivedAt, clientTime, digits) {
    let seconds = receivedAt.seconds - clientTime.seconds;
    let nanoseconds = receivedAt.nanoseconds - clientTime.nanoseconds;
    if (seconds === -Infinity) {
        out.text(hugeSkew(receivedAt, clientTime, digits));
        return;
    }
    const isNegative = seconds < 0 || (seconds === 0 && nanoseconds < 0);
    if (isNegative) {
        seconds = -seconds;
        nanoseconds = -nanoseconds;
    }
    if (nanoseconds < 0) {
        seconds -= 1;
        nanoseconds += NANOSECONDS_PER_SECOND;
    }
    out.byte(isNegative ? MINUS : PLUS);
    out.digits(seconds, digitsOf(seconds));
    out.byte(POINT);
    out.digits(nanoseconds, FRACTION_DIGITS);
}
function digitsOf(whole) {
    let digits = 1;
    for (let power = 10; power <= whole; power *= 10)
        digits += 1;
    return digits;
}
// Of a time that no clock of ours will ever show.
function hugeSkew(receivedAt, { nanoseconds }, { bytes, start, end }) {
    const perSecond = BigInt(NANOSECONDS_PER_SECOND);
    const whole = BigInt(toText(bytes, start, pointIn(bytes, start, end)));
    const size = whole * perSecond +
        BigInt(nanoseconds) -
        BigInt(receivedAt.seconds) * perSecond -
        BigInt(receivedAt.nanoseconds);
    const fraction = String(size % perSecond).padStart(FRACTION_DIGITS, '0');
    return `-${String(size / perSecond)}.${fraction}`;
}
function skipZeros(bytes, start, end) {
    let at = start;
    while (at < end && bytes[at] === ZERO)
        at += 1;
    return at;
}
function nanosecondsIn(bytes, point, end) {
    let nanoseconds = 0;
    for (let place = 1; place <= FRACTION_DIGITS; place += 1) {
        const at = point + place;
        nanoseconds = nanoseconds * 10 + (at < end ? bytes[at] - ZERO : 0);
    }
    return nanoseconds;
}
