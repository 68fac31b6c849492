import t from 'tap'
import { loadProgress } from '../../src/cli/load-progress.js'

t.test('what takes long to load is reported', async (t) => {
  const notes: string[] = []
  const { started, ended } = loadProgress((words) => notes.push(words))
  started(87_000_000)
  ended(1_000_000)
  t.match(notes, ['loading 87 MB of reports', /^loaded 1000000 reports in \d+\.\d s$/])
})

t.test('nothing is said of little, or where nothing is read', async (t) => {
  const { started, ended } = loadProgress((words) => void t.fail(words))
  ended(0)
  started(1_000)
  ended(12)
})
