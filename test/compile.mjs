// Compiles the sources to dist and the tests to .build/test: only what has changed since the last time. Makes tap ready to run them.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'

/** What the compiler makes of a source. */
const OUTPUT = /(\.js|\.js\.map|\.d\.ts)$/

/** The settings of tap that its plugins were last chosen by; "npm ci" removes it together with them. */
const CHOSEN = 'node_modules/.taprc'

process.exitCode = run('node_modules/typescript/bin/tsc', '--build', 'test') || afterwards()

function afterwards() {
  removeOrphans('dist', 'src')
  removeOrphans('.build/test', 'test')
  linkSources()
  return (
    choosePlugins() ||
    (isOlder('dist/cities', 'dist/places/embed-cities.js') ? run('dist/places/embed-cities.js') : 0) ||
    (isOlder('dist/cli/proxyherd.cjs', 'dist/.tsbuildinfo') ? run('dist/cli/bundle.js') : 0)
  )
}

function run(...argv) {
  return spawnSync(process.execPath, argv, { stdio: 'inherit' }).status ?? 1
}

/** Removes what was compiled from sources that are gone: a renamed test would run under both names. */
function removeOrphans(outputs, sources) {
  for (const entry of readdirSync(outputs, { recursive: true, withFileTypes: true })) {
    if (!OUTPUT.test(entry.name)) continue
    const folder = join(sources, entry.parentPath.slice(outputs.length))
    const source = join(folder, `${entry.name.replace(OUTPUT, '')}.ts`)
    if (!existsSync(source)) rmSync(join(entry.parentPath, entry.name))
  }
}

/** A test imports "../../src/…", also when it is compiled: that is the same code that the program runs. */
function linkSources() {
  if (!existsSync('.build/src')) symlinkSync('../dist', '.build/src')
}

/** Builds tap anew with the plugins that .taprc names. Left to itself, tap would do so too, but load the others once more. */
function choosePlugins() {
  const settings = readFileSync('.taprc', 'utf8')
  if (existsSync(CHOSEN) && readFileSync(CHOSEN, 'utf8') === settings) return 0
  const status = run('node_modules/tap/dist/esm/run.mjs', 'build')
  if (status === 0) writeFileSync(CHOSEN, settings)
  return status
}

function isOlder(path, than) {
  return !existsSync(path) || statSync(path).mtimeMs < statSync(than).mtimeMs
}
