import t from 'tap'
import { parseCommand } from '../../src/protocol/command.js'
import { reportOf } from '../../src/protocol/report.js'

t.test(
  'a report is an AT line that echoes the client’s own digits, and it is read back as itself',
  async (t) => {
    const command = parseCommand('IAMAT kiwi.cs.ucla.edu +34.068930-118.445127 1621464827.959498503')
    if (command.kind !== 'iamat') throw new Error('not read')
    const report = reportOf(command, 'Clark', 1_621_464_828_223_371_889n)
    const line = 'AT Clark +0.263873386 kiwi.cs.ucla.edu +34.068930-118.445127 1621464827.959498503'
    t.same(report, {
      client: 'kiwi.cs.ucla.edu',
      position: '+34.068930-118.445127',
      instant: command.instant,
      line,
    })
    t.same(parseCommand(line), { kind: 'at', report })
  },
)
