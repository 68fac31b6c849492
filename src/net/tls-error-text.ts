import { socketErrorText } from './socket-error-text.js'

/** An error of node:tls. `reason` is the short text of OpenSSL, whose message contains source lines. */
export type TlsError = NodeJS.ErrnoException & { readonly reason?: string }

const UNTRUSTED = 'its certificate is not signed by a trusted authority'

const TEXTS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'its certificate has expired',
  CERT_NOT_YET_VALID: 'its certificate is not valid yet',
  DEPTH_ZERO_SELF_SIGNED_CERT: UNTRUSTED,
  ERR_SSL_WRONG_VERSION_NUMBER: 'it does not speak TLS',
  ERR_TLS_CERT_ALTNAME_INVALID: 'its certificate is for another host',
  ERR_TLS_HANDSHAKE_TIMEOUT: 'its TLS handshake took too long',
  SELF_SIGNED_CERT_IN_CHAIN: UNTRUSTED,
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: UNTRUSTED,
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: UNTRUSTED,
}

/** Explains, for people, the error of a TLS connection with a certificate. */
export function tlsErrorText(error: TlsError): string {
  return TEXTS[error.code ?? ''] ?? error.reason ?? socketErrorText(error)
}

/** Explains, for people, why a TLS connection with herd keys failed. Both ends get the same text. */
export function herdKeyErrorText(error: TlsError): string {
  const { code = '' } = error
  // The peer sent plain text.
  if (code === 'ERR_SSL_WRONG_VERSION_NUMBER') return 'it has no herd key'
  // All other errors of OpenSSL come from a peer that uses TLS but does not accept our key.
  return code.startsWith('ERR_SSL_') ? 'it has another herd key' : tlsErrorText(error)
}
