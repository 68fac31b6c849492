import { clientField } from './command.js'
import { MAX_BATCH_LINES, type LineBatch } from './lines.js'

/** Where the client IDs in some lines are; valid until others are looked for. */
export interface ClientIds {
  bytes: Uint8Array
  count: number
  readonly starts: Int32Array
  readonly ends: Int32Array
}

// One for all, since what is found is used at once.
const found: ClientIds = {
  bytes: new Uint8Array(0),
  count: 0,
  starts: new Int32Array(MAX_BATCH_LINES),
  ends: new Int32Array(MAX_BATCH_LINES),
}

/** Finds the client IDs in lines, as far as can be seen from the number of their fields. */
export function clientIdsIn(lines: LineBatch): ClientIds {
  found.bytes = lines.bytes
  found.count = 0
  for (let line = 0; line < lines.count; line += 1) {
    const field = clientField(lines.fieldCount(line))
    if (field === undefined) continue
    found.starts[found.count] = lines.fieldStart(line, field)
    found.ends[found.count] = lines.fieldEnd(line, field)
    found.count += 1
  }
  return found
}
