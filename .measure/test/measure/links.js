import { setTimeout as sleep } from 'node:timers/promises';
import { inEachCase, linkTargetMs, patienceMs } from './each-case.js';
import { isLinked, otherOf, SERVERS } from './pair.js';
import { milliseconds } from './results.js';
import { oneWayMs } from './settings.js';
/** Each server is the later one so many times. */
const ROUNDS = 2;
/** Both ends may report a link at once and still replace it. It counts when it is there this many delays later. */
const LASTING_DELAYS = 6;
/** How long it takes from when the later of two servers says that it listens until both ends report the link, which must then last. */
export function links(settings, say) {
    return inEachCase(settings, say, async ({ each, of, pair }) => {
        const targetMs = linkTargetMs(each);
        const times = [];
        for (let round = 0; round < ROUNDS; round += 1)
            for (const later of SERVERS)
                times.push(await timeToLink(pair, each, later));
        const known = times.filter((time) => time !== undefined);
        const longestMs = known.length === times.length ? Math.max(...known) : undefined;
        const figure = longestMs === undefined
            ? `${times.length - known.length} of ${times.length} starts without a lasting link`
            : milliseconds(longestMs);
        const isMet = longestMs !== undefined && longestMs <= targetMs;
        return [
            {
                what: `linked, longest of ${times.length} starts`,
                of,
                figure,
                target: milliseconds(targetMs),
                isMet,
            },
        ];
    });
}
/** In milliseconds; undefined when there is no link, or it is lost again within a few round trips. */
async function timeToLink(pair, each, later) {
    await pair.start(otherOf(later));
    const fromMs = await pair.start(later);
    const linkedMs = await pair.linked(patienceMs(linkTargetMs(each)));
    const lostBefore = pair.lostLinks;
    if (linkedMs !== undefined)
        await sleep(LASTING_DELAYS * oneWayMs(each));
    const isLasting = pair.lostLinks === lostBefore && (await pair.statuses()).every(isLinked);
    await pair.close();
    return linkedMs !== undefined && isLasting ? linkedMs - fromMs : undefined;
}
