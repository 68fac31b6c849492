const TEXTS: Readonly<Record<string, string>> = {
  EACCES: 'ports below 1024 are reserved for the system',
  EADDRNOTAVAIL: 'this machine does not have that address',
  ECONNREFUSED: 'nobody listens there',
  ECONNRESET: 'the connection was reset',
  EHOSTUNREACH: 'the host cannot be reached',
  ENETUNREACH: 'the network cannot be reached',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the host name cannot be looked up now',
  EPIPE: 'it closed the connection',
  ETIMEDOUT: 'no answer',
}

/** Explains the error of a socket, for people. */
export function socketErrorText(error: NodeJS.ErrnoException): string {
  return TEXTS[error.code ?? ''] ?? error.message
}
