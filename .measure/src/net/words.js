const WORDS = {
    EACCES: 'ports below 1024 are for the system',
    EADDRNOTAVAIL: 'this is no address of this machine',
    ECONNREFUSED: 'nobody listens there',
    ECONNRESET: 'the connection was reset',
    EHOSTUNREACH: 'the host cannot be reached',
    ENETUNREACH: 'the network cannot be reached',
    ENOTFOUND: 'there is no such host',
    EAI_AGAIN: 'the name of the host cannot be looked up now',
    EPIPE: 'it closed the connection',
    ETIMEDOUT: 'no answer',
};
/** What went wrong with a socket, in words for a person. */
export function socketWords(error) {
    return WORDS[error.code ?? ''] ?? error.message;
}
