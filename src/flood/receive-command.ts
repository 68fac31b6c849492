import type { Malformed } from '../protocol/malformed.js'
import type { ReportCommand } from '../protocol/report-command.js'
import type { Flood } from './flood.js'

/** What a linked neighbour says of a client. */
export type ReceivedCommand = Exclude<ReportCommand, Malformed>

/** Has a flood receive the report or other statement in a line of a linked neighbour. Returns whether it is news. */
export function receiveCommand(flood: Flood, command: ReceivedCommand, from: string): boolean {
  switch (command.kind) {
    case 'at':
      return flood.receive(command.report, from, command.count)
    case 'late':
      return flood.receiveLate(command.report, from)
    case 'statement':
      return command.isLate
        ? flood.receiveLate(command.statement, from, 'stated')
        : flood.receiveStatement(command.statement, from, command.count)
  }
}
