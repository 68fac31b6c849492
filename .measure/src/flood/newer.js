import { compareBytes } from '../protocol/bytes.js';
import { compareTimes } from '../protocol/time.js';
/**
 * The merge law: which of two reports of one client wins, `a` (positive) or `b` (negative); 0 if they are one report. The later time by
 * the client's own clock wins; then the greater position text; then the greater `AT` line, bytewise. It is a total order, so the greatest
 * of any set of reports is the same wherever, in whatever order and however often they are heard. "First heard wins" would leave
 * servers disagreeing for ever.
 */
export function compareReports(a, b) {
    return (compareTimes(a.bytes, a.time, a.end, b.bytes, b.time, b.end) ||
        // A space ends the position.
        compareBytes(a.bytes, a.position, a.time - 1, b.bytes, b.position, b.time - 1) ||
        compareBytes(a.bytes, a.start, a.end, b.bytes, b.start, b.end));
}
