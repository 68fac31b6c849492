import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { statusAt } from '../fixtures/asking.js';
import { fill } from '../fixtures/store.js';
import { CLASSIC } from '../fixtures/topologies.js';
import { Probe } from './probe.js';
import { milliseconds } from './results.js';
import { sendAll, Servers } from './servers.js';
const CLIENTS = 100_000;
const MISSED = 10_000;
const AWAY = 'Clark';
const OTHERS = CLASSIC.servers.filter((server) => server !== AWAY);
const ROUNDS = 3;
/** In the measure of stalls. */
const MANY_CLIENTS = 1_000_000;
const BURST = 100_000;
const HUB = 'Amber';
const STAR = {
    servers: [HUB, 'Birch', 'Cedar'],
    links: [
        [HUB, 'Birch'],
        [HUB, 'Cedar'],
    ],
};
/** How often a server is asked whether it is equal, and how long that may take. */
const ASK_MS = 10;
const GIVE_UP_MS = 120_000;
/** How soon after it listens a server must be equal that has missed some reports, or lost all; and how long nobody may wait. Milliseconds. */
const MISSED_TARGET_MS = 1_000;
const LOST_TARGET_MS = 3_000;
const STALL_TARGET_MS = 50;
/** Five servers with default flags on loopback: how soon one that was down is equal to its neighbours. */
export async function catchUp(_, say) {
    const figures = { missed: [], lost: [] };
    const servers = await Servers.prepare(CLASSIC);
    try {
        const lines = ids(CLIENTS).map((id) => `AT Clark +0.263873386 ${id} +34.068930-118.445127 1700000000`);
        for (const name of CLASSIC.servers)
            await fill(join(servers.state, 'data', name), name, lines);
        await Promise.all(CLASSIC.servers.map((name) => servers.start(name)));
        await equal(servers, CLASSIC.servers);
        for (let round = 1; round <= ROUNDS; round += 1) {
            for (const losesAll of [false, true]) {
                await servers.stop(AWAY);
                if (losesAll)
                    await rm(join(servers.state, 'data', AWAY), { recursive: true });
                await reportAnew(servers, 2 * round + (losesAll ? 1 : 0));
                const digest = await equal(servers, OTHERS);
                // What the reports themselves cause is over by then.
                await delay(1_000);
                const startedAt = await servers.start(AWAY);
                const cpuAtStart = await servers.cpuMs(AWAY);
                await reaches(servers, AWAY, digest);
                const ms = Math.round(performance.now() - startedAt);
                const what = losesAll ? `lost all ${CLIENTS} reports` : `missed ${MISSED} of ${CLIENTS} reports`;
                const cpuMs = (await servers.cpuMs(AWAY)) - cpuAtStart;
                figures[losesAll ? 'lost' : 'missed'].push(ms);
                say(`round ${round}: a server that ${what}: ${ms} ms, ${cpuMs} ms of processor time`);
            }
        }
        return [
            caughtUp(`missed ${MISSED} of ${CLIENTS} reports`, figures.missed, MISSED_TARGET_MS),
            caughtUp(`lost ${CLIENTS} reports`, figures.lost, LOST_TARGET_MS),
        ];
    }
    finally {
        await servers.close();
    }
}
function caughtUp(of, figures, targetMs) {
    const ms = figures.toSorted((a, b) => a - b);
    const all = ms.map(milliseconds).join(', ');
    const isMet = ms[Math.floor(ms.length / 2)] <= targetMs;
    return {
        what: 'equal after it listens',
        of,
        figure: all,
        target: `median ${milliseconds(targetMs)}`,
        isMet,
    };
}
/** Clients report again, every tenth one, to the servers that are up. */
async function reportAnew(servers, time) {
    const missed = ids(CLIENTS).filter((_, n) => n % (CLIENTS / MISSED) === 3);
    await Promise.all(OTHERS.map((name, index) => {
        const own = missed.filter((_, n) => n % OTHERS.length === index);
        return sendAll(servers.port(name), own.map((id) => `IAMAT ${id} +35.068930-118.445127 ${1_700_000_000 + time}`));
    }));
}
/** Resolves when a server has this digest; only that server is asked, so that the others are not kept busy. */
async function reaches(servers, name, digest) {
    const deadline = performance.now() + GIVE_UP_MS;
    while ((await statusAt(servers.port(name))).digest !== digest) {
        if (performance.now() > deadline)
            throw new Error(`${name} does not reach ${digest}`);
        await delay(ASK_MS);
    }
}
/** Resolves with the digest of some servers when it is the same. */
async function equal(servers, names) {
    const deadline = performance.now() + GIVE_UP_MS;
    for (;;) {
        const digests = await Promise.all(names.map(async (name) => (await statusAt(servers.port(name))).digest));
        if (new Set(digests).size === 1)
            return digests[0] ?? '';
        if (performance.now() > deadline)
            throw new Error(`not equal: ${digests.join(', ')}`);
        await delay(ASK_MS);
    }
}
/** A server of a million clients: how long a client waits while tables are compared. */
export async function stalls(_, say) {
    const rows = [];
    const servers = await Servers.prepare(STAR);
    try {
        await servers.start(HUB, ['--no-store']);
        await burst(servers, MANY_CLIENTS, 0);
        const probe = await Probe.start(servers.port(HUB));
        const waits = async (what, work) => {
            probe.reset();
            const startedAt = performance.now();
            await work();
            const seconds = ((performance.now() - startedAt) / 1_000).toFixed(1);
            say(`${what} (${seconds} s): ${probe.words}`);
            const { longestMs } = probe;
            const isMet = longestMs <= STALL_TARGET_MS;
            rows.push({
                what: 'longest wait for an answer',
                of: what,
                figure: milliseconds(longestMs),
                target: milliseconds(STALL_TARGET_MS),
                isMet,
            });
        };
        await waits('nothing else goes on', () => delay(2_000));
        await waits('two links come up and two tables are filled', async () => {
            await Promise.all(['Birch', 'Cedar'].map((name) => servers.start(name, ['--no-store'])));
            await equal(servers, STAR.servers);
        });
        await burst(servers, BURST, 1);
        await waits(`STATUS is asked after ${BURST} updates`, async () => {
            await statusAt(servers.port(HUB));
        });
        await burst(servers, BURST, 2);
        await waits('a link is lost', async () => {
            await servers.stop('Birch', 'SIGKILL');
            await delay(2_000);
        });
        await waits('the link comes up and the table is filled', async () => {
            await servers.start('Birch', ['--no-store']);
            await equal(servers, STAR.servers);
        });
        await probe.stop();
        return rows;
    }
    finally {
        await servers.close();
    }
}
/** The first of the clients report to the hub. */
async function burst(servers, clients, time) {
    const lines = ids(clients).map((id) => `IAMAT ${id} +35.068930-118.445127 ${1_700_000_000 + time}`);
    await sendAll(servers.port(HUB), lines);
}
function ids(count) {
    return Array.from({ length: count }, (_, n) => `client-${n}.example`);
}
