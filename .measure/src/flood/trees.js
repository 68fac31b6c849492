import { heardAt } from '../protocol/report.js';
import { Branch } from './branch.js';
import { HERE, LATE } from './origin.js';
import { Origins } from './origins.js';
/**
 * For how many beats a neighbour may have seen more of an origin than we, and the parent have brought nothing, before the parent is
 * doubted. A parent that is far away gets the round trip of its link on top.
 */
export const DOUBT_BEATS = 4;
/**
 * Along which links the reports of which server come: from each origin along a tree, its branches being those on which its reports came
 * first. A server asks the neighbours that bring what another has brought already not to (prune). They say now and then how much of it
 * they have had (seen), so that it is found out when the branch is dead; then, or when its link is lost, all neighbours are asked to
 * tell it again (graft), and the next report finds the tree anew. Flooding is what happens where nobody has asked for anything else.
 *
 * This is Plumtree (Leitão, Pereira, Rodrigues 2007) with a tree an origin, so that all have a report by the way that was the shortest,
 * and a neighbour of the origin from itself, with the reply to the client. What is announced is not each message but the time of the
 * latest.
 */
export class Trees {
    #origins;
    #branches = [];
    /** Whether time must go on for something to be found out. */
    isRestless = false;
    /** `server` is this server's name. */
    constructor(server) {
        this.#origins = new Origins(server);
    }
    /** A link to a neighbour that knows of trees is up. */
    linkUp(neighbour) {
        const branch = new Branch(neighbour);
        this.#branches.push(branch);
        return branch;
    }
    /** A link is down. What came from there has to come from elsewhere. */
    linkDown(branch) {
        this.#branches.splice(this.#branches.indexOf(branch), 1);
        for (const origin of this.#origins)
            if (origin.parent === branch)
                this.#doubt(origin);
    }
    /**
     * A report has come; gives its origin, along whose tree it goes, or undefined if it has none, as those of our own clients. `LATE` if it
     * comes out of the past: it had got lost on the tree, and no neighbour that has seen later ones would miss it. What the way itself brings
     * out of the past has only waited there, behind a report that took the place of an older one of its client. `count` is its place among the
     * reports of its origin; without one, the time of its arrival there is.
     */
    heard(report, by, count) {
        // Without branches nothing need be known of it.
        if (this.#branches.length === 0)
            return undefined;
        const origin = this.#origins.of(report);
        if (!origin)
            return undefined;
        const at = count ?? heardAt(report);
        const isPast = at <= origin.seenBefore && (by === undefined || by !== origin.parent);
        if (isPast || !Number.isSafeInteger(at))
            return LATE;
        origin.at = at;
        origin.seen = Math.max(at, origin.seen);
        this.isRestless = true;
        return origin;
    }
    /** A neighbour, or another server of the process (`HERE`), has brought the report of an origin that was heard last. */
    brought(origin, by, isNews) {
        const { parent } = origin;
        // What others bring tells nothing of whether the way is alive, and of what was told before on it.
        if (parent === by || parent === undefined)
            origin.brought = Math.max(origin.at, origin.brought);
        if (parent !== undefined)
            this.#choose(origin, parent, by);
        // A neighbour that has just sent GRAFT has this one from before, and does not know where the next will come from.
        else if (isOrigin(by, origin) || (isNews && !(by !== HERE && by.seeks(origin))))
            origin.parent = by;
    }
    /** A neighbour has brought a report that is known here, and so old that it tells nothing of what comes next. */
    repeated(report, by) {
        const origin = this.#origins.of(report);
        if (origin?.parent !== undefined)
            this.#choose(origin, origin.parent, by);
    }
    /** Of two that bring the reports of an origin, only one shall go on: the origin itself, or else the one that does. */
    #choose(origin, parent, by) {
        if (parent === by)
            return;
        // So a client that has its answer and asks a neighbour of that server finds that it knows.
        const isItself = isOrigin(by, origin);
        if (isItself)
            origin.parent = by;
        const other = isItself ? parent : by;
        if (other instanceof Branch)
            other.prune(origin);
    }
    /**
     * A neighbour says something of a tree. The clients of whose reports it must be told are given to `tell`; gives whether that is all it
     * can have missed.
     */
    hear(message, from, tell) {
        const origin = this.#origins.named(message.origin);
        if (!origin)
            return true;
        this.isRestless = true;
        switch (message.kind) {
            case 'prune':
                from.isAskedToPrune(origin);
                return true;
            case 'graft':
                // Who asks us has them from nobody else.
                if (origin.parent === from)
                    this.#doubt(origin);
                return from.isAskedToGraft(origin, message.at, tell);
            case 'seen':
                this.#hearsay(origin, message.at, from);
                return true;
        }
    }
    /** Time goes on, by a beat: what neighbours are asked not to tell is announced, and ways that are dead are found out. */
    beat() {
        this.isRestless = false;
        for (const origin of this.#origins) {
            if (origin.rumour !== undefined)
                this.#checkRumour(origin, origin.rumour);
            origin.seenBefore = origin.seen;
            origin.broughtBefore = origin.brought;
        }
        for (const branch of this.#branches)
            branch.beat();
    }
    #hearsay(origin, at, from) {
        from.hasSeen(origin, Math.min(at, origin.seen));
        if (at <= origin.brought)
            return;
        if (origin.rumour === undefined)
            origin.stillBeats = 0;
        origin.rumour = Math.max(at, origin.rumour ?? at);
    }
    #checkRumour(origin, rumour) {
        this.isRestless = true;
        if (rumour <= origin.brought)
            origin.rumour = undefined;
        // Who is slow is alive.
        else if (origin.brought !== origin.broughtBefore)
            origin.stillBeats = 0;
        else
            origin.stillBeats += 1;
        if (origin.stillBeats >= DOUBT_BEATS + delayOf(origin.parent))
            this.#doubt(origin);
    }
    #doubt(origin) {
        origin.parent = undefined;
        origin.rumour = undefined;
        for (const branch of this.#branches)
            branch.graft(origin);
    }
}
function delayOf(parent) {
    return parent instanceof Branch ? parent.delayBeats : 0;
}
function isOrigin(by, origin) {
    return by !== HERE && by.neighbour === origin.name;
}
