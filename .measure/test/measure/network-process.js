import { Chance } from '../fixtures/chance.js';
import { SlowLink } from '../fixtures/slow-link.js';
// The slow links of a Network, in a process of their own. It ends with the process that measures.
const links = [];
let hasStalls = false;
process.once('disconnect', () => process.exit());
process.on('message', (request) => {
    if (request.kind === 'open')
        void open(request);
    else {
        hasStalls = request.isOn;
        for (const link of links)
            link.hasStalls = hasStalls;
    }
});
async function open({ id, farPort, delayMs, seed }) {
    const link = await SlowLink.open({ farPort, delayMs, chance: new Chance(seed) });
    link.hasStalls = hasStalls;
    links.push(link);
    const opened = { id, port: link.port };
    process.send?.(opened);
}
