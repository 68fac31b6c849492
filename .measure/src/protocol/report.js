import { copyBytes, SPACE, toBytes } from './bytes.js';
import { clockOf, writeSkew } from './time.js';
/**
 * The most bytes of an `AT` line: an IAMAT of the longest line, with a skew as long as its time, by a server with the longest name.
 */
export const MAX_REPORT_BYTES = 12 * 1024;
const AT = toBytes('AT ');
/** What every report of a server begins with: `AT Clark `. */
export function reportHead(server) {
    return toBytes(`AT ${server} `);
}
/** Writes the report that a server, whose head is given, makes of a client's sighting heard at `receivedAt`. */
export function writeReport(out, head, sighting, receivedAt) {
    const { bytes, client, clientEnd, position, positionEnd, time, timeEnd, instant } = sighting;
    const start = out.length;
    out.copy(head, 0, head.length);
    writeSkew(out, receivedAt, instant, { bytes, start: time, end: timeEnd });
    out.byte(SPACE);
    const clientAt = out.length;
    out.copy(bytes, client, clientEnd);
    out.byte(SPACE);
    const positionAt = out.length;
    out.copy(bytes, position, positionEnd);
    out.byte(SPACE);
    const timeAt = out.length;
    out.copy(bytes, time, timeEnd);
    return {
        bytes: out.bytes,
        start,
        client: clientAt,
        position: positionAt,
        time: timeAt,
        end: out.length,
    };
}
/** The report in an `AT` line, valid and with one space between its fields. */
export function reportIn(bytes, start, end) {
    const skew = afterSpace(bytes, start + AT.length);
    const client = afterSpace(bytes, skew);
    const position = afterSpace(bytes, client);
    return { bytes, start, client, position, time: afterSpace(bytes, position), end };
}
/** Where in a report the name of the server stands that has heard the client itself; a space ends it. */
export function originIn({ start }) {
    return start + AT.length;
}
/** When that server heard it, in microseconds since 1970 by its own clock; it may be beyond what any clock shows. */
export function heardAt({ bytes, start, client, time, end }) {
    return clockOf({ bytes, start: time, end }, afterSpace(bytes, start + AT.length), client - 1);
}
/** A copy of a report, in memory of its own. */
export function copyReport({ bytes, start, client, position, time, end }) {
    const copy = Buffer.alloc(end - start);
    copyBytes(bytes, start, end, copy, 0);
    return {
        bytes: copy,
        start: 0,
        client: client - start,
        position: position - start,
        time: time - start,
        end: end - start,
    };
}
/** The index after the next space. */
function afterSpace(bytes, start) {
    let at = start;
    while (bytes[at] !== SPACE)
        at += 1;
    return at + 1;
}
