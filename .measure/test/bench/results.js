import { table } from '../../src/cli/table.js';
export function median(values) {
    const sorted = values.toSorted((a, b) => a - b);
    const middle = sorted.length / 2;
    return ((sorted[Math.ceil(middle) - 1] ?? NaN) + (sorted[Math.floor(middle)] ?? NaN)) / 2;
}
/** As plain text, for a terminal. */
export function asText(result) {
    const { head, rows } = cells(result);
    const right = head.map((_, column) => column).slice(2);
    return `${result.title}\n${table(head, rows, right)}\n${result.note}\n`;
}
/** As Markdown, to be quoted. */
export function asMarkdown(result) {
    const { head, rows } = cells(result);
    const line = (row) => `| ${row.join(' | ')} |`;
    const rule = head.map((_, column) => (column < 2 ? '---' : '--:'));
    return [`## ${result.title}`, '', line(head), line(rule), ...rows.map(line), '', result.note, ''].join('\n');
}
function cells({ unit, digits, base, rows }) {
    const more = [...new Set(rows.flatMap((row) => Object.keys(row.more)))];
    const number = (value) => value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits });
    const ratio = (row) => {
        const other = rows.find(({ of, rival }) => of === row.of && rival === base);
        return other ? `${(median(row.values) / median(other.values)).toFixed(2)} ×` : '';
    };
    return {
        head: ['of', 'by', unit, 'from – to', ...(base === undefined ? [] : [`to ${base}`]), ...more],
        rows: rows.map((row) => [
            row.of,
            row.rival,
            number(median(row.values)),
            `${number(Math.min(...row.values))} – ${number(Math.max(...row.values))}`,
            ...(base === undefined ? [] : [ratio(row)]),
            ...more.map((name) => row.more[name] ?? ''),
        ]),
    };
}
