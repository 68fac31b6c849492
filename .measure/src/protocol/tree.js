import { toText } from './bytes.js';
import { wholeIn } from './decimal.js';
/** As many as microseconds since 1970 have until the year 2286. */
const MAX_AT_DIGITS = 16;
/** Writes the line, without its line end, that says such a message. */
export function writeTree(out, message) {
    const { kind, origin } = message;
    out.text(kind === 'prune' ? `PRUNE ${origin}` : `${kind === 'graft' ? 'GRAFT' : 'SEEN'} ${origin} ${message.at}`);
}
/** Reads such a line, whose name is given; undefined if it is none. */
export function parseTree(name, line) {
    if (line.fieldCount !== (name === 'PRUNE' ? 2 : 3))
        return undefined;
    const origin = toText(line.bytes, line.fieldStart(1), line.fieldEnd(1));
    if (name === 'PRUNE')
        return { kind: 'prune', origin };
    const at = wholeIn(line.bytes, line.fieldStart(2), line.fieldEnd(2), MAX_AT_DIGITS);
    return at === undefined ? undefined : { kind: name === 'GRAFT' ? 'graft' : 'seen', origin, at };
}
