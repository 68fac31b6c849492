import { MINUS, PLUS, SPACE, spells, toText } from './bytes.js';
import { endAtMost, NO_DECIMAL, pointIn, wholeIn } from './decimal.js';
import { parseGreeting } from './greeting.js';
import { lineOf } from './lines.js';
import { isPosition, MAX_LATITUDE, MAX_LONGITUDE } from './position.js';
import { MAX_REPORT_BYTES } from './report.js';
import { STATUS_REQUEST } from './status.js';
import { parseSync } from './sync.js';
import { parseTime } from './time.js';
import { parseTree } from './tree.js';
export const MAX_RADIUS_KM = 50;
export const MAX_ITEMS = 20;
/** The fields of an `AT`, its name included. */
const AT_FIELDS = 6;
/** As many as a double holds exactly. */
const MAX_TOKEN_DIGITS = 15;
/** As many as microseconds since 1970 have until the year 2286. */
const MAX_COUNT_DIGITS = 16;
/** White space of the protocol; what a text has of it at its ends. */
const WHITE_SPACE = /[\t\n\v\f\r ]+/;
const OUTER_SPACE = /^[\t\n\v\f\r ]+|[\t\n\v\f\r ]+$/g;
/** Reads a line. Never throws: what a peer gets wrong is a value. What it gives is valid as long as the line is in memory. */
export function parseCommand(line) {
    if (line.isOverlong)
        return malformed('the line is too long');
    if (line.fieldCount === 0)
        return malformed('an empty line is no command');
    // By far the most lines are of these two.
    if (isNamed(line, 'IAMAT'))
        return parseIamat(line);
    if (isNamed(line, 'AT'))
        return parseAt(line);
    // A server that was down receives these by the hundred thousand.
    if (isNamed(line, 'LATE'))
        return parseLate(line);
    const name = fieldText(line, 0);
    switch (name) {
        case 'WHATSAT':
            return parseWhatsat(line);
        case 'LINK': {
            const greeting = parseGreeting(fieldTexts(line));
            return greeting ? { kind: 'greeting', greeting } : malformed('this LINK is no greeting');
        }
        case 'STATUS':
            return [name, ...fieldTexts(line)].join(' ') === STATUS_REQUEST ? { kind: 'status' } : unknown(name);
        default:
            return parseLinkLine(name, line);
    }
}
/** Reads a line that only linked servers send each other. */
function parseLinkLine(name, line) {
    switch (name) {
        case 'DIGEST':
        case 'BUCKETS':
        case 'HAVE':
        case 'WANT': {
            const message = parseSync(name, line);
            return message ? { kind: 'sync', message } : malformed(`this ${name} is not what servers compare`);
        }
        case 'PRUNE':
        case 'GRAFT':
        case 'SEEN': {
            const message = parseTree(name, line);
            return message ? { kind: 'tree', message } : malformed(`this ${name} is not what linked servers say`);
        }
        case 'COUNT':
            return parseCounted(line);
        case 'PING':
        case 'PONG':
            return parseHeartbeat(name, line);
        case 'FEATURES':
            return { kind: 'features', words: new Set(restOf(line).split(WHITE_SPACE)) };
        case 'NOLINK':
            return { kind: 'linkRefusal', why: restOf(line) };
        default:
            return unknown(name);
    }
}
/** Which field of a command names a client, to go by how many fields it has; undefined if none does. */
export function clientField(fieldCount) {
    switch (fieldCount) {
        // WHATSAT and IAMAT.
        case 4:
            return 1;
        // AT.
        case 6:
            return 3;
        // LATE.
        case 7:
            return 4;
        default:
            return undefined;
    }
}
/** Reads a line of latin1 text, without its line end. */
export function parseText(text) {
    return parseCommand(lineOf(text));
}
function parseIamat(line) {
    if (line.fieldCount !== 4)
        return malformed(`IAMAT takes a client, a position and a time, not ${count(line)}`);
    const { bytes } = line;
    const position = line.fieldStart(2);
    const positionEnd = line.fieldEnd(2);
    if (!isPosition(bytes, position, positionEnd))
        return badPosition(line, 2);
    const time = line.fieldStart(3);
    const timeEnd = line.fieldEnd(3);
    const instant = parseTime(bytes, time, timeEnd);
    if (!instant)
        return badTime(line, 3);
    const client = line.fieldStart(1);
    const clientEnd = line.fieldEnd(1);
    return {
        kind: 'iamat',
        sighting: { bytes, client, clientEnd, position, positionEnd, time, timeEnd, instant },
    };
}
function parseWhatsat(line) {
    if (line.fieldCount !== 4)
        return malformed(`WHATSAT takes a client, a radius and a number of items, not ${count(line)}`);
    if (!isDecimalUpTo(line, 2, MAX_RADIUS_KM))
        return malformed(`"${fieldText(line, 2)}" is no radius from 0 to ${MAX_RADIUS_KM} km`);
    const [radius, items] = [fieldText(line, 2), fieldText(line, 3)];
    if (!isDecimalUpTo(line, 3, MAX_ITEMS) || items.includes('.'))
        return malformed(`"${items}" is no whole number from 0 to ${MAX_ITEMS}`);
    const client = Buffer.from(line.bytes.subarray(line.fieldStart(1), line.fieldEnd(1)));
    return { kind: 'whatsat', client, radiusKm: Number(radius), items: Number(items) };
}
/** Parses an `AT` whose name is field number `first` of the line; `LATE` or a count may stand before it. */
function parseAt(line, first = 0) {
    if (line.fieldCount !== first + AT_FIELDS)
        return malformed(`AT takes a server, a skew, a client, a position and a time, not ${count(line)}`);
    const { bytes } = line;
    const position = line.fieldStart(first + 4);
    const time = line.fieldStart(first + 5);
    const end = line.fieldEnd(first + 5);
    if (!isSkew(bytes, line.fieldStart(first + 2), line.fieldEnd(first + 2)))
        return malformed(`"${fieldText(line, first + 2)}" is no signed number of seconds`);
    if (!isPosition(bytes, position, line.fieldEnd(first + 4)))
        return badPosition(line, first + 4);
    if (pointIn(bytes, time, end) === NO_DECIMAL)
        return badTime(line, first + 5);
    if (!isTidy(line, first))
        return parseText(tidyText(line, first));
    const start = line.fieldStart(first);
    if (end - start > MAX_REPORT_BYTES)
        return malformed(`an AT has no more than ${MAX_REPORT_BYTES} bytes`);
    return {
        kind: 'at',
        report: { bytes, start, client: line.fieldStart(first + 3), position, time, end },
        count: undefined,
    };
}
/** Parses `LATE AT …` in place: the report is the rest of the line. */
function parseLate(line) {
    const parsed = holdsAt(line, 1) ? parseAt(line, 1) : undefined;
    return parsed?.kind === 'at' ? { kind: 'late', report: parsed.report } : malformed('LATE takes a valid AT');
}
/** Reads an `AT` line with the count of its report before it: `COUNT 1763929921123456 AT Clark …`. */
function parseCounted(line) {
    const parsed = holdsAt(line, 2) ? parseAt(line, 2) : undefined;
    const count = wholeIn(line.bytes, line.fieldStart(1), line.fieldEnd(1), MAX_COUNT_DIGITS);
    if (parsed?.kind !== 'at' || count === undefined)
        return malformed('COUNT takes a whole number and a valid AT');
    return { ...parsed, count };
}
function holdsAt(line, field) {
    return line.fieldCount > field && isNamed(line, 'AT', field);
}
function parseHeartbeat(name, line) {
    if (name === 'PING' && line.fieldCount === 1)
        return { kind: 'ping', token: undefined };
    const token = line.fieldCount === 2
        ? wholeIn(line.bytes, line.fieldStart(1), line.fieldEnd(1), MAX_TOKEN_DIGITS)
        : undefined;
    if (token === undefined)
        return malformed(`${name} takes a whole number`);
    return { kind: name === 'PING' ? 'ping' : 'pong', token };
}
/** Whether exactly one space separates the fields of an `AT`. */
function isTidy(line, first) {
    for (let index = first + 1; index < first + AT_FIELDS; index += 1) {
        const start = line.fieldStart(index);
        if (start !== line.fieldEnd(index - 1) + 1 || line.bytes[start - 1] !== SPACE)
            return false;
    }
    return true;
}
function tidyText(line, first) {
    return Array.from({ length: AT_FIELDS }, (_, index) => fieldText(line, first + index)).join(' ');
}
function isSkew(bytes, start, end) {
    return (bytes[start] === PLUS || bytes[start] === MINUS) && pointIn(bytes, start + 1, end) !== NO_DECIMAL;
}
function isDecimalUpTo(line, field, limit) {
    const [start, end] = [line.fieldStart(field), line.fieldEnd(field)];
    return endAtMost(line.bytes, start, end, limit) === end;
}
function isNamed(line, name, field = 0) {
    return spells(line.bytes, line.fieldStart(field), line.fieldEnd(field), name);
}
/** The text after the name, without white space at its ends. */
function restOf(line) {
    return toText(line.bytes, line.fieldEnd(0), line.end).replace(OUTER_SPACE, '');
}
function fieldText(line, field) {
    return toText(line.bytes, line.fieldStart(field), line.fieldEnd(field));
}
/** The fields after the name, of the first eight. */
function fieldTexts(line) {
    return Array.from({ length: Math.min(line.fieldCount, 8) - 1 }, (_, index) => fieldText(line, index + 1));
}
function unknown(name) {
    return { ...malformed(`there is no command "${name}"`), unknown: name };
}
function malformed(why) {
    return { kind: 'malformed', why };
}
function badPosition(line, field) {
    return malformed(`"${fieldText(line, field)}" is no position such as +34.06-118.44, within ${MAX_LATITUDE} and ${MAX_LONGITUDE} degrees`);
}
function badTime(line, field) {
    return malformed(`"${fieldText(line, field)}" is no POSIX time such as 1621464827.959498503`);
}
function count({ fieldCount }) {
    return fieldCount === 2 ? '1 field' : `${fieldCount - 1} fields`;
}
