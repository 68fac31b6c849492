// Compiles the sources to dist and the tests to .build/test: only what has changed since the last time.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import process from 'node:process'

/** What the compiler makes of a source. */
const OUTPUT = /(\.js|\.js\.map|\.d\.ts)$/

process.exitCode = run('node_modules/typescript/bin/tsc', '-b', 'test')
if (process.exitCode === 0) {
  removeOrphans('dist', 'src')
  removeOrphans('.build/test', 'test')
  linkSources()
  if (isOlder('dist/cities', 'dist/places/embed-cities.js'))
    process.exitCode = run('dist/places/embed-cities.js')
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

function isOlder(path, than) {
  return !existsSync(path) || statSync(path).mtimeMs < statSync(than).mtimeMs
}
