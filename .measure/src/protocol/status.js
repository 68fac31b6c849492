/** What a person's tool says to a server to learn how it stands. Two words, so that it is no command of any other herd program. */
export const STATUS_REQUEST = 'STATUS proxyherd';
/** The line, without its line end, that tells how a server stands. */
export function formatStatus(status) {
    return `STATUS ${JSON.stringify(status)}`;
}
