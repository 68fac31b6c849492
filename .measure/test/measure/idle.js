import { setTimeout as sleep } from 'node:timers/promises';
import { startLinked } from './each-case.js';
import { Network } from './network.js';
import { isLinked, Pair, upSinceMs } from './pair.js';
import { caseName, casesOf } from './settings.js';
/** The time at which a link came up is computed anew for each status, from clocks that may be slewed. */
const SAME_MS = 500;
/** How many links are lost when nothing is reported. All cases are measured at the same time. */
export async function idle(settings, say) {
    const network = new Network(settings.seed);
    const pairs = [];
    try {
        for (const each of casesOf(settings)) {
            say(`starting ${caseName(each)}`);
            const pair = await Pair.lay(network, each);
            pairs.push({ each, pair });
            await startLinked(pair, each);
        }
        network.setStalls(true);
        say(`${settings.idleSeconds} s without a report`);
        const before = await Promise.all(pairs.map(standingOf));
        await sleep(1_000 * settings.idleSeconds);
        const after = await Promise.all(pairs.map(standingOf));
        return pairs.map(({ each }, n) => rowOf(each, before[n], after[n], settings));
    }
    finally {
        await Promise.all(pairs.map(({ pair }) => pair.close()));
        await network.close();
    }
}
async function standingOf({ pair }) {
    return { statuses: await pair.statuses(), lostLinks: pair.lostLinks };
}
function rowOf(each, before, after, { idleSeconds }) {
    const lost = after.lostLinks - before.lostLinks;
    const wasLinked = before.statuses.every(isLinked);
    const isSame = after.statuses.every((status, n) => isSameLink(before.statuses[n], status));
    const remarks = [
        `${lost}`,
        ...(wasLinked ? [] : ['not linked at first']),
        ...(isSame ? [] : ['not the same link at the end']),
    ];
    return {
        what: `links lost in ${idleSeconds} idle seconds`,
        of: caseName(each),
        figure: remarks.join(', '),
        target: '0',
        isMet: lost === 0 && wasLinked && isSame,
    };
}
function isSameLink(before, after) {
    const [was, is] = [before && upSinceMs(before), upSinceMs(after)];
    return was !== undefined && is !== undefined && Math.abs(is - was) < SAME_MS;
}
