/** How many names a sentence holds: of more, the number says more. */
const MAX_NAMES = 6;
const LIST = new Intl.ListFormat('en-GB');
/** `Elm, Oak and Ash`; of many, the first and how many more. */
export function listed(names) {
    const shown = names.length > MAX_NAMES ? names.slice(0, MAX_NAMES - 1) : names;
    const more = names.length - shown.length;
    return LIST.format(more > 0 ? [...shown, `${more} more`] : shown);
}
/** Who is cut off from whom, when a herd falls into these groups. */
export function cutOff(groups) {
    const [few = [], many = [], ...others] = groups.toSorted((a, b) => a.length - b.length);
    if (others.length === 0)
        return `${listed(few)} ${areOrIs(few)} cut off from ${listed(many)}`;
    return `these are cut off from each other: ${groups.map(listed).join('; ')}`;
}
/** `1 server`, `2 servers`. */
export function counted(count, noun) {
    return `${count} ${noun}${count === 1 ? '' : 's'}`;
}
function areOrIs(names) {
    return names.length === 1 ? 'is' : 'are';
}
