import { tlsErrorText } from '../net/tls-error-text.js'

/** The client says this of a broker that offers no TLS, and gives no other sign of it. */
const NO_TLS = "server does not support 'tls'"

/** Explains an error of the client of a broker, in words that follow the name of the broker. */
export function brokerErrorText(error: Error): string {
  const { cause } = error
  if (cause instanceof Error && isSocketError(cause)) return tlsErrorText(cause)
  switch (error.name) {
    case 'AuthorizationError':
      return 'it refuses the credentials, or needs some'
    case 'UserAuthenticationExpiredError':
      return 'the credentials have expired'
    case 'JetStreamNotEnabled':
      return 'it has no JetStream, or that has no leader now'
    case 'TimeoutError':
      return 'it does not answer'
    default:
      if (error.message === NO_TLS)
        return 'it does not use TLS, so its address begins with nats://, not tls://'
      return isSocketError(error) ? tlsErrorText(error) : error.message
  }
}

function isSocketError(error: NodeJS.ErrnoException): boolean {
  return typeof error.code === 'string'
}
