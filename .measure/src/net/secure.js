import { constants } from 'node:crypto';
import { connect as connectPlain } from 'node:net';
import { connect, createSecureContext } from 'node:tls';
import { PersonError } from '../person-error.js';
import { readKeyFile } from './key-file.js';
import { systemResolver } from './resolver.js';
import { tlsWords } from './tls-words.js';
/**
 * How a secure link opens, before its TLS: ASCII's "data link escape". This byte, and not what is found within TLS, tells a link from a
 * client of TLS: each then meets a server that knows one way in only, the herd key or the certificate, so that who is in has
 * come that way. A server without a key takes it, and the TLS after it, for lines; so it answers, and not in TLS.
 */
export const LINK_OPENING = 0x10;
/** TLS 1.3 is forward secret whatever is agreed on, also with a key shared before, and has half-closed connections. */
export const TLS_1_3 = { minVersion: 'TLSv1.3' };
/**
 * OpenSSL ties a pre-shared key to SHA-256, so both ends must choose a cipher of that. There are no session tickets: a ticket
 * would let its holder link again after its herd key was removed.
 */
export const LINK_TLS = {
    ...TLS_1_3,
    ciphers: 'TLS_AES_128_GCM_SHA256',
    secureOptions: constants.SSL_OP_NO_TICKET,
};
/**
 * Dials a server that must have one of our herd keys, at the first address of its host: `secureConnect` tells that it has, and `error`, in
 * `herdKeyWords`, why not.
 */
export function dialSecurely(address, keys) {
    const { lookup } = systemResolver;
    const socket = connectPlain({ ...address, lookup, allowHalfOpen: true, autoSelectFamily: false });
    socket.once('connect', () => socket.write(Uint8Array.of(LINK_OPENING)));
    return handshake(socket, keys);
}
/** Opens a link in TLS on a connection to a server that must have one of our herd keys. */
export function secureLink(socket, keys) {
    socket.write(Uint8Array.of(LINK_OPENING));
    return handshake(socket, keys);
}
function handshake(socket, keys) {
    return connect({
        ...LINK_TLS,
        socket,
        pskCallback: () => keys.first(),
        // A certificate is no herd key, whoever has signed it.
        ca: [],
        rejectUnauthorized: true,
    });
}
/** Connects a client to a server whose certificate is vouched for by `ca`, in PEM, or else by an authority that Node trusts. */
export function connectSecurely(address, ca) {
    return connect({ ...address, ca });
}
/** Reads a certificate and its key, and gives warnings for a person. Throws a PersonError when they cannot be read or used. */
export async function readCertificate(certificateFile, keyFile) {
    const { text: cert } = await readKeyFile(certificateFile);
    const { text: key, warnings } = await readKeyFile(keyFile);
    const certificate = { cert, key };
    try {
        createSecureContext(certificate);
    }
    catch (error) {
        throw new PersonError(`${certificateFile} and ${keyFile} are no TLS certificate and its key: ${tlsWords(error)}`);
    }
    return { certificate, warnings };
}
