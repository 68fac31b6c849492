import Table, {} from 'cli-table3';
/** Rows under a head, in columns without borders, two spaces apart. `right` tells which columns hold numbers. */
export function table(head, rows, right = []) {
    const drawn = new Table({
        head: [...head],
        colAligns: head.map((_, column) => (right.includes(column) ? 'right' : 'left')),
        style: { head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 0 },
        chars: { ...BORDERLESS, middle: '  ' },
    });
    drawn.push(...rows);
    return drawn.toString().replace(/ +$/gm, '');
}
const SIDES = ['top', 'bottom', 'left', 'right', 'mid'];
const BORDERLESS = Object.fromEntries(SIDES.flatMap((side) => ['', '-mid', '-left', '-right'].map((part) => [`${side}${part}`, ''])));
