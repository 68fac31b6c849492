// Mutates the sources of ring 1 and runs the tests of the same folder against each mutant: "npm run mutate", or "npm run mutate memory flood".
import { execFileSync } from 'node:child_process'
import { symlinkSync } from 'node:fs'
import process from 'node:process'
import { Stryker } from '@stryker-mutator/core'

const FOLDERS = ['protocol', 'memory', 'flood', 'link']

/** The least share of mutants that the tests of a folder must notice, in percent. */
const MIN_SCORE = 95

// A mutant is judged by the same few seeds each time; most are noticed long before a simulation runs.
process.env.SEEDS ??= '10'
process.env.SEED_BASE ??= '1'

const folders = process.argv.slice(2)
if (folders[0] === '--build') build()
else for (const folder of folders.length > 0 ? folders : FOLDERS) await mutate(folder)

async function mutate(folder) {
  await new Stryker({
    mutate: [`src/${folder}/*.ts`],
    testRunner: 'tap',
    plugins: ['@stryker-mutator/tap-runner', './test/mutate-hints.mjs'],
    ignorers: ['hints'],
    tap: { testFiles: [`.build/test/${folder}/*.js`] },
    coverageAnalysis: 'perTest',
    buildCommand: 'node test/mutate.mjs --build',
    ignorePatterns: ['/dist', '/.build', '/.tap', '/.proxyherd', '/reports'],
    concurrency: 2,
    timeoutMS: 5_000,
    reporters: ['clear-text', 'json', 'html'],
    clearTextReporter: { allowColor: false, logTests: false, reportTests: false },
    jsonReporter: { fileName: `reports/mutation/${folder}.json` },
    htmlReporter: { fileName: `reports/mutation/${folder}.html` },
    thresholds: { high: 100, low: MIN_SCORE, break: MIN_SCORE },
    allowConsoleColors: false,
  }).runMutationTest()
}

/** Called in Stryker's copy of the tree, where all mutants are compiled at once. Its node_modules is only linked afterwards. */
function build() {
  execFileSync('tsc', ['--build', 'test'], { stdio: 'inherit' })
  symlinkSync('../dist', '.build/src')
}
