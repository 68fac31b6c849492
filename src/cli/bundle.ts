// A build step that writes the program and the packages that it uses to one file. Node starts it in about half the time that it
// takes for hundreds of files.
import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build, type Metafile } from 'esbuild'

const TOP = fileURLToPath(new URL('../../', import.meta.url))

/** Beside the modules that it is made of, because some find files by their own place. */
const BUNDLE = join(TOP, 'dist/cli/proxyherd.cjs')
const LICENCES = join(TOP, 'dist/cli/licences.txt')

/** Packages that no start needs, or only one with an engine. They are imported at their first use. */
const LATE = ['@nats-io/*', 'cli-progress', 'got', 'log-update', 'ora']

// The file is replaced as a whole, so that the program can be started meanwhile.
const { metafile } = await build({
  absWorkingDir: TOP,
  entryPoints: ['dist/cli/run.js'],
  outfile: `${BUNDLE}.new`,
  bundle: true,
  metafile: true,
  // A start takes a tenth less. Names are kept and lines are short, so that a stack trace can be read.
  minifySyntax: true,
  minifyWhitespace: true,
  lineLimit: 120,
  platform: 'node',
  target: 'node20',
  // An ES module that imports a module of Node runs all its getters, and some load more modules. CommonJS does not.
  format: 'cjs',
  // First the ES modules of a package: of these, what is not used is left out.
  mainFields: ['module', 'main'],
  external: LATE,
  define: { 'import.meta.url': 'bundleUrl' },
  banner: { js: "const bundleUrl = require('node:url').pathToFileURL(__filename).href" },
})
renameSync(`${BUNDLE}.new`, BUNDLE)
writeFileSync(LICENCES, licencesOf(metafile))

/** The licences of the bundled packages: each must be passed on with the code. */
function licencesOf({ inputs }: Metafile): string {
  const folders = Object.keys(inputs).flatMap(
    (path) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+/.exec(path)?.slice() ?? [],
  )
  return [...new Set(folders)].sort().map(licenceOf).join('\n')
}

function licenceOf(path: string): string {
  const folder = join(TOP, path)
  const { name, version } = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as {
    name: string
    version: string
  }
  const files = readdirSync(folder).filter((file) => /^licen[cs]e/i.test(file))
  const texts = files.map((file) => readFileSync(join(folder, file), 'utf8'))
  return [`${name} ${version}`, '', ...texts].join('\n')
}
