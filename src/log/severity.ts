import type { Entry } from './entry.js'

/**
 * How serious an entry is: `error` if the server cannot do its work, `warning` if somebody should look at it some time, `info` otherwise.
 * What a client does wrong is no more than `info`.
 */
export type Severity = 'info' | 'warning' | 'error'

/** The severity of an entry. */
export function severityOf(entry: Entry): Severity {
  switch (entry.kind) {
    case 'in':
    case 'out':
    case 'refused':
    case 'stale':
    case 'forget':
    case 'http':
      return 'info'
    case 'client':
    case 'token':
      return entry.what === 'refused' ? 'warning' : 'info'
    case 'link':
      // A link that is up has a reason if something is not as it should be.
      return entry.what === 'up' && entry.why === undefined ? 'info' : 'warning'
    case 'places':
      return entry.outcome === 'ok' ? 'info' : 'warning'
    case 'server':
      return entry.what === 'fault' ? 'error' : 'info'
  }
}
