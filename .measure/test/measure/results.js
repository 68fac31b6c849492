import { table } from '../../src/cli/table.js';
const HEAD = ['what', 'of', 'figure', 'target', 'result'];
/** As plain text, for a terminal. */
export function asText(rows) {
    return table(HEAD, rows.map(cells), [2, 3]);
}
/** As Markdown, to be quoted. */
export function asMarkdown(rows) {
    const line = (row) => `| ${row.join(' | ')} |`;
    return [line(HEAD), '| --- | --- | --: | --: | --- |', ...rows.map((row) => line(cells(row)))].join('\n');
}
/** The text of a duration. */
export function milliseconds(ms) {
    return `${Math.round(ms).toLocaleString('en')} ms`;
}
function cells({ what, of, figure, target, isMet }) {
    return [what, of, figure, target, isMet ? 'met' : 'missed'];
}
