import { LF, SPACE } from './bytes.js';
/** No command has more fields than this; of a line with more they are counted only. */
export const FIELDS_KEPT = 8;
/** The least and the greatest of tab, LF, vertical tab, form feed and CR, which with space are the white space of the protocol. */
const TAB = 9;
const CR = 13;
/**
 * What is noted of a line, as so many words one after the other: how much of it is searched, how many fields have begun, whether the last
 * of them goes on, and where the first eight start and end. All relative to the start of the line, so that one that comes in pieces can
 * be moved.
 */
export const WORDS_PER_LINE = 3 + 2 * FIELDS_KEPT;
export const SEARCHED = 0;
export const FIELDS = 1;
const IN_FIELD = 2;
export const STARTS = 3;
export const ENDS = STARTS + FIELDS_KEPT;
/** Notes that nothing is known yet of the line whose words are at an index. */
export function forget(marks, at) {
    marks[at + SEARCHED] = 0;
    marks[at + FIELDS] = 0;
    marks[at + IN_FIELD] = 0;
}
/**
 * Searches a line that starts in some bytes for its end, from where it was not found before, and notes its fields in the words at an
 * index. Gives whether the end has come: then as much is searched as the line is long.
 */
export function search(bytes, start, to, marks, at) {
    let fields = marks[at + FIELDS];
    let isInField = marks[at + IN_FIELD] === 1;
    let index = start + marks[at + SEARCHED];
    let hasEnded = false;
    for (; index < to; index += 1) {
        const byte = bytes[index];
        // By far the most bytes are in the midst of a field.
        if (byte > SPACE && isInField)
            continue;
        const isWhite = byte === SPACE || (byte <= CR && byte >= TAB);
        if (isWhite === isInField) {
            if (!isWhite)
                fields += 1;
            if (fields <= FIELDS_KEPT)
                marks[at + (isWhite ? ENDS : STARTS) + fields - 1] = index - start;
            isInField = !isWhite;
        }
        if (byte === LF) {
            hasEnded = true;
            break;
        }
    }
    marks[at + SEARCHED] = index - start;
    marks[at + FIELDS] = fields;
    marks[at + IN_FIELD] = isInField ? 1 : 0;
    return hasEnded;
}
