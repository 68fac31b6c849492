import type { ClientNumber } from '../memory/numbers.js'
import { toText } from '../protocol/bytes.js'
import { geoPointIn } from '../protocol/position.js'
import { clientOf, type Report } from '../protocol/report.js'
import type { Change } from './watch.js'

/** Makes a change, one that is no move, from a report. Keeps no reference to its bytes. */
export function changeOf(report: Report, client: ClientNumber, at: number): Change {
  const { bytes, start, end, position, time } = report
  const to = geoPointIn(bytes, position, time - 1)
  return {
    position: at,
    client,
    id: toText(clientOf(report)),
    line: toText(bytes, start, end),
    from: to,
    to,
    removal: undefined,
    isSuperseded: false,
  }
}
