import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { basename, dirname, join, normalize } from 'node:path'
import t from 'tap'
import { ALONE } from './fixtures/group.js'

// The tree as git sees it, whether or not it is committed yet.
const files = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  encoding: 'utf8',
})
  .split('\n')
  .filter((file) => file !== '' && existsSync(file))
const sources = files.filter((file) => /^(src|test)\/.*\.ts$/.test(file))

const TOP = ['package.json', 'package-lock.json', 'tsconfig.json', 'eslint.config.js', 'topology.json']
const TOP_TEXTS = ['README.md', 'CHANGELOG.md', 'CONTRIBUTING.md', 'SECURITY.md', 'LICENSE']
const TOP_FOLDERS = ['bin', 'docs', 'src', 'test']

// A folder may import from its own ring only what stands beside or before it, and from inner rings.
const RINGS: Record<string, number> = {
  'person-error.ts': 0,
  'histogram.ts': 0,
  protocol: 1,
  memory: 1,
  flood: 1,
  link: 1,
  topology: 2,
  net: 2,
  places: 2,
  store: 2,
  log: 2,
  near: 2,
  engine: 2,
  server: 3,
  load: 3,
  web: 3,
  cli: 4,
}

const MAX_LINES = 300

function text(file: string): string {
  return readFileSync(file, 'utf8')
}

function imports(file: string): string[] {
  return [...text(file).matchAll(/(?:from|import\() ?'([^']+)'/g)].map(([, path = '']) => path)
}

/** The folder of src, or the file right in it, that a path belongs to. */
function part(path: string): string {
  return path.split('/')[1] ?? ''
}

/** Whether a group leaves out a test, because it needs a process of its own. */
function isAlone(file: string): boolean {
  return ALONE.includes(basename(file).replace(/ts$/, 'js'))
}

/** Whether a path matches a glob of stars and braces. */
function matches(path: string, glob: string): boolean {
  const pattern = glob
    .replaceAll('.', '\\.')
    .replaceAll('*', '[^/]+')
    .replace(/\{(.*)\}/, (_, names: string) => `(${names.replaceAll(',', '|')})`)
  return new RegExp(`^${pattern}$`).test(path)
}

t.test('the top level holds what a stranger looks for, and nothing else', async (t) => {
  const top = new Set(files.map((file) => file.split('/')[0] ?? ''))
  const allowed = [...TOP, ...TOP_TEXTS, ...TOP_FOLDERS]
  t.same(
    [...top].filter((name) => !name.startsWith('.') && !allowed.includes(name)),
    [],
  )
  t.same(
    allowed.filter((name) => !top.has(name)),
    [],
  )
})

t.test('imports point inward only', async (t) => {
  const outward = files
    .filter((file) => file.startsWith('src/'))
    .flatMap((file) =>
      imports(file)
        .filter((path) => path.startsWith('.'))
        .map((path) => normalize(join(dirname(file), path)).replace(/\.js$/, '.ts'))
        .filter((target) => {
          const [from, to] = [RINGS[part(file)], RINGS[part(target)]]
          return from === undefined || to === undefined || to > from
        })
        .map((target) => `${file} imports ${target}`),
    )
  t.same(outward, [])
})

t.test('the inner ring touches nothing: no I/O, no clock, no chance', async (t) => {
  const touching = sources
    .filter((file) => /^src\/(protocol|memory|flood|link)\//.test(file) && file !== 'src/protocol/bytes.ts')
    .filter((file) => /'node:|Date\.now|Math\.random|\bprocess\.\w|\bconsole\.|\bBuffer\b/.test(text(file)))
  t.same(touching, [])
})

t.test('a file can be held in mind', async (t) => {
  const long = sources.filter((file) => text(file).split('\n').length > MAX_LINES)
  t.same(long, [])
})

t.test('no drawer for odds and ends', async (t) => {
  t.same(
    files.filter((file) => /(^|\/)(utils?|common|helpers?|misc|index)(\/|\.ts$)/.test(file)),
    [],
  )
})

t.test('every test is run', async (t) => {
  const tests = sources.filter((file) => /^test\/(?!bench|measure|fixtures)/.test(file))
  const patterns = [...text('.taprc').matchAll(/'\.build\/(test\/.*)js'/g)].map(([, glob = '']) => glob)
  const named = tests.filter((file) => patterns.some((glob) => matches(file, `${glob}ts`)))
  const groups = named.filter((file) => file.startsWith('test/groups/')).map(text)
  const folders = groups.flatMap((group) => [...group.matchAll(/'(\w+)'/g)].map(([, name = '']) => name))
  const grouped = tests.filter((file) => folders.includes(part(file)) && !isAlone(file))
  t.same(
    tests.filter((file) => Number(named.includes(file)) + Number(grouped.includes(file)) !== 1),
    [],
    'once',
  )
})

t.test('nothing is left behind or switched off', async (t) => {
  // Spelled so that this file does not find itself.
  const marks = new RegExp(
    [
      'TO' + 'DO',
      'FIX' + 'ME',
      '(istanbul|c8|v8) ' + 'ignore',
      '@ts-' + 'ignore',
      '\\bas ' + 'any\\b',
      '\\.' + 'skip\\(',
    ].join('|'),
  )
  t.same(
    sources.filter((file) => marks.test(text(file))),
    [],
  )
})
