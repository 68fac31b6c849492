import { BlockList, isIP } from 'node:net';
// IPv6 notation of an IPv4 address, such as ::ffff:127.0.0.1, is found here too.
const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');
/** The addresses of `localhost`, whatever a resolver says (RFC 6761, 6.3). */
export const LOOPBACK_ADDRESSES = ['127.0.0.1', '::1'];
/** Whether a host is `localhost` by name. */
export function isLocalhost(host) {
    return host.toLowerCase() === 'localhost';
}
/** Whether only this machine can reach what listens at `host`, a name or an address. Of names, only `localhost` is sure to stay here. */
export function isLoopback(host) {
    const family = isIP(host);
    if (family === 0)
        return isLocalhost(host);
    return LOOPBACK.check(host, family === 4 ? 'ipv4' : 'ipv6');
}
