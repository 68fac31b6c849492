import { STALL_MS } from '../fixtures/slow-link.js';
import { Network } from './network.js';
import { Pair } from './pair.js';
import { caseName, casesOf, oneWayMs } from './settings.js';
/** A late figure is worth more than none, so each wait lasts this many times its target, and a bit. */
const PATIENCE = 2;
const PATIENCE_MS = 5_000;
/** How long to wait for what should take `targetMs`. */
export function patienceMs(targetMs) {
    return PATIENCE * targetMs + PATIENCE_MS;
}
/** Within what time two servers must be linked: a TLS handshake takes one round trip more. */
export function linkTargetMs(each) {
    return (each.hasKey ? 8 : 6) * oneWayMs(each) + 500;
}
/** Within what time two servers must be equal again. */
export function equalTargetMs(each) {
    return 8 * oneWayMs(each) + 1_000;
}
/** How long to wait after stalls were turned off until nothing is held by one. */
export function calmMs(each) {
    return STALL_MS + 2 * oneWayMs(each);
}
/** Measures one case after another, each with a pair of servers of its own. */
export async function inEachCase(settings, say, measure, prepare) {
    const rows = [];
    for (const each of casesOf(settings)) {
        const of = caseName(each);
        say(of);
        const network = new Network(settings.seed);
        const pair = await Pair.lay(network, each, prepare);
        try {
            rows.push(...(await measure({ each, of, network, pair })));
        }
        finally {
            await pair.close();
            await network.close();
        }
    }
    return rows;
}
/** Starts both servers and waits until they are linked; gives whether they are. */
export async function startLinked(pair, each) {
    await pair.start('Bernard');
    await pair.start('Clark');
    return (await pair.linked(patienceMs(linkTargetMs(each)))) !== undefined;
}
