import { socketErrorText } from '../net/socket-error-text.js'

/** Explains an error of the client of a broker, in words that follow the name of the broker. */
export function brokerErrorText(error: Error): string {
  const { cause } = error
  if (cause instanceof Error && isSocketError(cause)) return socketErrorText(cause)
  switch (error.name) {
    case 'AuthorizationError':
      return 'it refuses the credentials'
    case 'UserAuthenticationExpiredError':
      return 'the credentials have expired'
    case 'JetStreamNotEnabled':
      return 'it has no JetStream, or that has no leader now'
    case 'TimeoutError':
      return 'it does not answer'
    default:
      return isSocketError(error) ? socketErrorText(error) : error.message
  }
}

function isSocketError(error: NodeJS.ErrnoException): boolean {
  return typeof error.code === 'string'
}
