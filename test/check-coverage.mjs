// Checks what tap has written of the last run: all sources must be covered, except those that need a broker.
import console from 'node:console'
import { readFileSync } from 'node:fs'
import { relative } from 'node:path'
import process from 'node:process'

const SUMMARY = '.tap/report/coverage-summary.json'

const { total, ...files } = JSON.parse(readFileSync(SUMMARY, 'utf8'))
if (total.lines.total === 0) fail('no source is covered')
for (const [file, counts] of Object.entries(files)) {
  const path = relative('.', file)
  const isFull = Object.values(counts).every(({ total, covered }) => covered === total)
  if (!isFull && !path.startsWith('src/engine/'))
    fail(`${path} is not fully covered: the table above shows where`)
}

function fail(why) {
  console.error(why)
  process.exitCode = 1
}
