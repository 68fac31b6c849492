export const LINK_VERSION = '1';
/** The line, without its line end, that opens or answers a link. */
export function formatGreeting({ version, from, to, incarnation, herd }) {
    return `LINK ${version} ${from} ${to} ${incarnation} ${herd}`;
}
/** Words for what a server understands beyond version 1 of links: it returns the tokens of heartbeats; and it knows the counts of reports. */
export const PONG = 'pong';
export const COUNTS = 'counts';
/**
 * The line, without its line end, that follows a greeting once the neighbour has greeted too: `FEATURES pong counts`. It names what we
 * understand beyond version 1. Words that a server does not know are skipped, and so is the line by those that do not know it.
 */
export function formatFeatures() {
    return `FEATURES ${PONG} ${COUNTS}`;
}
/** The line, without its line end, that says that we are alive; a neighbour that knows `pong` returns the token. */
export function formatPing(token) {
    return token === undefined ? 'PING' : `PING ${token}`;
}
/** The line, without its line end, that returns the token of a heartbeat. */
export function formatPong(token) {
    return `PONG ${token}`;
}
/** Reads the fields after `LINK`; undefined when they are no greeting. In every version the first three mean the same. */
export function parseGreeting(fields) {
    const [version, from, to, incarnation, herd] = fields;
    if (version === undefined || from === undefined || to === undefined || !/^[0-9]{1,9}$/.test(version))
        return undefined;
    if (version !== LINK_VERSION)
        return { version, from, to, incarnation: '', herd: '' };
    if (incarnation === undefined || herd === undefined || fields.length !== 5)
        return undefined;
    if (!/^[0-9]{1,30}$/.test(incarnation) || !/^[0-9a-f]{8}$/.test(herd))
        return undefined;
    return { version, from, to, incarnation, herd };
}
const REFUSAL = 'NOLINK';
/** The line, without its line end, that refuses a link; `why` goes on after "it says": `it is Oak`. */
export function formatLinkRefusal(why) {
    return `${REFUSAL} ${why}`;
}
