import { Chalk } from 'chalk'
import { z } from 'zod'
import { escapeControls, escapeControlsInJson } from '../log/escape-text.js'
import { checkTopology, type Checked } from '../topology/check.js'
import type { Finding } from '../topology/finding.js'
import type { Topology } from '../topology/topology.js'
import { counted } from '../topology/words.js'
import { EXIT } from './exit.js'
import { checkOptions, findTopology } from './options.js'
import { wantsColour, type Streams } from './streams.js'

const checkFlags = z.strictObject({
  topology: z.string().optional(),
  strict: z.boolean().default(false),
  json: z.boolean().default(false),
})

/** `proxyherd herd check`: says what is wrong with a topology. Gives the exit code: 1 for faults, and if so told for warnings. */
export async function herdCheck(rawOptions: unknown, streams: Streams): Promise<number> {
  const options = checkOptions(checkFlags, rawOptions)
  const topology = await findTopology(options.topology)
  const checked = checkTopology(topology)
  const text = options.json
    ? escapeControlsInJson(json(topology, checked))
    : words(topology, checked, streams)
  streams.stdout.write(`${text}\n`)
  const { findings } = checked
  const isFailed = findings.some(({ level }) => level === 'fault' || options.strict)
  return isFailed ? EXIT.failed : EXIT.done
}

function json({ file, servers, links }: Topology, { groups, longestWay, findings }: Checked): string {
  return JSON.stringify({
    topology: file,
    servers: servers.size,
    links: links.length,
    connected: groups.length === 1,
    groups,
    longestWay,
    findings,
  })
}

function words(topology: Topology, checked: Checked, { stdout, env }: Streams): string {
  const { file, servers, links } = topology
  const { findings } = checked
  const chalk = new Chalk({ level: wantsColour(stdout, env) ? 1 : 0 })
  const marks = { fault: chalk.red('fault  '), warning: chalk.yellow('warning') }
  return [
    `${escapeControls(file)}: ${counted(servers.size, 'server')}, ${counted(links.length, 'link')}`,
    ...goodNews(checked),
    ...findings.map(({ level, words }) => `${marks[level]} ${escapeControls(words)}`),
    verdict(findings),
  ].join('\n')
}

function goodNews({ groups, longestWay, findings }: Checked): string[] {
  if (groups.length > 1 || longestWay.length === 1) return []
  const links = counted(longestWay.length - 1, 'link')
  const ends = `from ${longestWay[0]} to ${longestWay.at(-1)}`
  const news = [`connected: every server reaches every other, over ${links} at most (${ends})`]
  if (!findings.some(({ kind }) => kind === 'single-server' || kind === 'single-link'))
    news.push('none is cut off when any one server or link fails')
  return news
}

function verdict(findings: readonly Finding[]): string {
  const faults = findings.filter(({ level }) => level === 'fault').length
  const warnings = findings.length - faults
  return findings.length === 0
    ? 'nothing is wrong with it'
    : `${counted(faults, 'fault')}, ${counted(warnings, 'warning')}`
}
