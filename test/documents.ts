import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import t, { type Test } from 'tap'
import { parseText } from '../src/protocol/command.js'
import { ConsoleOutput } from './fixtures/console-output.js'
import { readMarkdown, type CodeBlock, type MarkdownDocument } from './fixtures/markdown.js'
import { runSession } from './fixtures/session.js'
import { Shell, stepsOf } from './fixtures/shell.js'

const MAX_README_LINES = 200
const MAX_COLUMNS = 120

/** Those whose `console` and `session` blocks are run. In the others, only blocks with other languages are allowed. */
const RUN = new Map([
  ['README.md', new ConsoleOutput()],
  // It shows digests of reports whose skew does not depend on the time.
  ['docs/protocol.md', new ConsoleOutput(['digest'])],
])

const files = [...markdownIn('.'), ...markdownIn('docs'), 'test/bench/results.md']
const documents = new Map(files.map((file) => [file, readMarkdown(file)]))
/** What people wrote, and can be expected to have wrapped. */
const written = [...documents.values()].filter(
  ({ file }) => file !== 'CHANGELOG.md' && file !== 'test/bench/results.md',
)

function markdownIn(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name))
}

/** Why a link leads nowhere; undefined if it leads somewhere. Links to other hosts are not followed. */
function brokenLink({ file }: MarkdownDocument, target: string): string | undefined {
  if (/^https?:/.test(target)) return undefined
  const [path = '', anchor] = target.split('#')
  const found = path === '' ? file : normalize(join(dirname(file), path))
  if (!existsSync(found)) return 'no such file'
  if (anchor === undefined) return undefined
  return documents.get(found)?.anchors.has(anchor) === true ? undefined : 'no such heading'
}

t.test('every link between documents leads somewhere', async (t) => {
  for (const document of documents.values())
    for (const { line, target } of document.links)
      t.equal(brokenLink(document, target), undefined, `${document.file}:${line}: ${target}`)
})

t.test('every file that README.md links to is in the package', async (t) => {
  const { files } = JSON.parse(readFileSync('package.json', 'utf8')) as { files: string[] }
  for (const { target } of documents.get('README.md')?.links ?? [])
    if (!/^https?:/.test(target) && !target.startsWith('#')) {
      const [path = ''] = target.split('#')
      // npm adds this one by itself.
      const isPacked =
        path === 'LICENSE' || files.some((file) => path === file || path.startsWith(`${file}/`))
      t.ok(isPacked, target)
    }
})

t.test('every source file and folder that a document names exists', async (t) => {
  for (const { file, codeSpans } of written)
    for (const { line, text } of codeSpans)
      if (/^(?:src|test|bin|docs)\/[\w./-]*$/.test(text))
        t.ok(existsSync(text), `${file}:${line}: ${text} exists`)
})

t.test(`README.md has at most ${MAX_README_LINES} lines`, async (t) => {
  t.ok((documents.get('README.md')?.lineCount ?? Infinity) <= MAX_README_LINES)
})

t.test(`prose is wrapped at ${MAX_COLUMNS} columns`, async (t) => {
  const isLong = (text: string): boolean => text.length > MAX_COLUMNS && !text.startsWith('|')
  for (const { file, prose } of written)
    t.same(
      prose.filter(({ text }) => isLong(text)).map(({ number }) => `${file}:${number}`),
      [],
    )
})

t.test('what looks as if it were run is run', async (t) => {
  const isRun = ({ language }: CodeBlock): boolean => language === 'console' || language === 'session'
  for (const { file, blocks } of documents.values())
    if (!RUN.has(file))
      t.same(
        blocks.filter(isRun).map(({ firstLine }) => `${file}:${firstLine}`),
        [],
      )
})

t.test('lines between servers are shown as servers write them', async (t) => {
  const blocks = [...documents.values()].flatMap(({ blocks }) => blocks)
  const lines = blocks.filter(({ language }) => language === 'wire').flatMap(({ lines }) => lines)
  t.not(lines.length, 0)
  for (const line of lines) t.not(parseText(line).kind, 'malformed', line)
})

for (const [file, output] of RUN)
  t.test(`the program prints what ${file} shows`, async (t) => {
    const shell = await Shell.open(t, output)
    for (const block of documents.get(file)?.blocks ?? []) await runBlock(t, shell, block, file, output)
  })

async function runBlock(
  t: Test,
  shell: Shell,
  block: CodeBlock,
  file: string,
  output: ConsoleOutput,
): Promise<void> {
  if (block.language === 'console')
    for (const step of stepsOf(block))
      t.equal(await shell.run(step), undefined, `${file}:${step.line}: ${step.command}`)
  if (block.language === 'session') {
    const difference = await runSession(shell.portOf(block.argument), block.lines, output)
    t.equal(difference, undefined, `${file}:${block.firstLine}: session with ${block.argument}`)
  }
}

t.test('output that differs from what is shown is noticed', async (t) => {
  const skews = ['+1.000000001', '+2.000000002']
  const cases: [shown: string[], printed: string[], isSame: boolean][] = [
    [['AT Clark +5.123456789 kiwi'], ['AT Clark -6.987654321 kiwi'], true],
    [['AT Clark +5.123456789 kiwi'], ['AT Clark +7.000000000 kiwi'], false],
    [['AT Clark +8.123456789 kiwi'], ['AT Clark +7.000000000 lime'], false],
    [['Up for  7s'], ['Up for 12ms'], true],
    [['? FOO  bar'], ['? FOO bar'], false],
    [['a', '…', 'z'], ['a', 'b', 'c', 'z'], true],
    [['a', '…', 'z'], ['a', 'b', 'c'], false],
    [['a'], ['a', 'b'], false],
    [['127.0.0.1:12104 127.0.0.1:5'], ['127.0.0.1:12104 127.0.0.1:6'], true],
    [['127.0.0.1:12104'], ['127.0.0.1:12103'], false],
    [skews, skews.toReversed(), true],
  ]
  const output = new ConsoleOutput()
  for (const [shown, printed, isSame] of cases)
    t.equal(output.difference(shown, printed) === undefined, isSame, shown.join(' / '))
})
