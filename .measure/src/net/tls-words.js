import { socketWords } from './words.js';
const UNTRUSTED = 'no authority that is trusted here vouches for its certificate';
const WORDS = {
    CERT_HAS_EXPIRED: 'its certificate has expired',
    DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
    ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS',
    ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
    ERR_TLS_HANDSHAKE_TIMEOUT: 'its TLS handshake took too long',
    SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
    UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
};
/** What went wrong with a connection of a TLS client, in words for a person. */
export function tlsWords(error) {
    return WORDS[error.code ?? ''] ?? error.reason ?? socketWords(error);
}
/** Why the other end of what should be a link has not shown our herd key, in words for a person; the same at both ends. */
export function herdKeyWords(error) {
    const { code = '' } = error;
    // What follows the opening, or is answered to it, is plain text.
    if (code === 'ERR_SSL_WRONG_VERSION_NUMBER')
        return 'it has no herd key';
    // Whatever else OpenSSL objects to comes from an end that takes TLS but not our key.
    return code.startsWith('ERR_SSL_') ? 'it has another herd key' : tlsWords(error);
}
