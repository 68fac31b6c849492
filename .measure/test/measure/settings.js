import { JITTER } from '../fixtures/slow-link.js';
/** From a good line between two cities to a bad satellite link, one way. */
export const DELAYS_MS = [20, 150, 400, 1_000];
export const IDLE_SECONDS = 60;
/** All cases, the shortest delay first. */
export function casesOf({ delaysMs, keys }) {
    return delaysMs.flatMap((delayMs) => keys.map((hasKey) => ({ delayMs, hasKey })));
}
/** The longest that a byte takes one way while nothing stalls: what targets count as one delay. */
export function oneWayMs({ delayMs }) {
    return delayMs * (1 + JITTER);
}
export function caseName({ delayMs, hasKey }) {
    return `${delayMs} ms, ${hasKey ? 'herd key' : 'no key'}`;
}
