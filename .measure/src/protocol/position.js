import { MINUS, PLUS, toBytes } from './bytes.js';
import { endAtMost, NO_DECIMAL } from './decimal.js';
export const MAX_LATITUDE = 90;
export const MAX_LONGITUDE = 180;
/** Whether some bytes are an ISO 6709 position in decimal degrees, such as `+34.068930-118.445127`. */
export function isPosition(bytes, start, end) {
    if (!isSign(bytes[start]))
        return false;
    const longitude = endAtMost(bytes, start + 1, end, MAX_LATITUDE);
    return (longitude !== NO_DECIMAL &&
        isSign(bytes[longitude]) &&
        endAtMost(bytes, longitude + 1, end, MAX_LONGITUDE) === end);
}
/** Reads such a position; undefined for anything else. */
export function parsePosition(text) {
    const bytes = toBytes(text);
    if (!isPosition(bytes, 0, bytes.length))
        return undefined;
    const longitude = Math.max(text.indexOf('+', 1), text.indexOf('-', 1));
    return { latitude: unsignPlus(text.slice(0, longitude)), longitude: unsignPlus(text.slice(longitude)) };
}
function isSign(byte) {
    return byte === PLUS || byte === MINUS;
}
// Web services want no plus sign, and in a URL an unescaped one would even be read as a space.
function unsignPlus(degrees) {
    return degrees.startsWith('+') ? degrees.slice(1) : degrees;
}
