import { connect } from 'node:net';
import { Connection } from './connection.js';
import { MAX_LINK_LINE_BYTES } from './limits.js';
import { systemResolver } from './resolver.js';
import { secureLink } from './secure.js';
import { herdKeyWords } from './tls-words.js';
import { socketWords } from './words.js';
/**
 * Dials a neighbour; with herd keys, one that has one of them. How long that may take is for the caller to decide: the function that it
 * returns gives the attempt up, until it is `ready`.
 */
export function dial(address, keys, events) {
    const errors = [];
    const fail = () => {
        // Of several errors the first is the cause.
        events.failed([...errors, 'it closed the connection'][0]);
    };
    const words = keys ? herdKeyWords : socketWords;
    const watch = (socket) => {
        socket.on('error', (error) => errors.push(words(error)));
        return socket.once('close', fail);
    };
    const ready = () => {
        socket.off('close', fail);
        events.ready(new Connection(socket, MAX_LINK_LINE_BYTES));
    };
    let socket = watch(connect({ ...address, lookup: systemResolver.lookup, allowHalfOpen: true }));
    socket.once('connect', () => {
        events.connected();
        if (!keys) {
            ready();
            return;
        }
        // Not before it is connected: while Node tries several addresses of a name, the socket below would be another in the end.
        socket.off('close', fail);
        socket = watch(secureLink(socket, keys)).once('secureConnect', ready);
    });
    return () => {
        socket.off('close', fail);
        socket.destroy();
    };
}
