import { Chalk } from 'chalk'
import * as z from 'zod/mini'
import { escapeControls, escapeControlsInJson } from '../log/escape-text.js'
import { checkTopology, type TopologyCheck } from '../topology/check-topology.js'
import type { Finding } from '../topology/finding.js'
import type { Topology } from '../topology/topology.js'
import { formatCount } from '../topology/format-list.js'
import { EXIT } from './exit.js'
import { checkOptions, findTopology } from './options.js'
import { wantsColour, type Streams } from './streams.js'

const checkFlags = z.strictObject({
  topology: z.optional(z.string()),
  strict: z._default(z.boolean(), false),
  json: z._default(z.boolean(), false),
})

/** `proxyherd herd check`: reports what is wrong with a topology. Returns the exit code: 1 for faults, and with --strict for warnings too. */
export async function herdCheck(rawOptions: unknown, streams: Streams): Promise<number> {
  const options = checkOptions(checkFlags, rawOptions)
  const topology = await findTopology(options.topology)
  const checked = checkTopology(topology)
  const text = options.json
    ? escapeControlsInJson(formatJson(topology, checked))
    : formatText(topology, checked, streams)
  streams.stdout.write(`${text}\n`)
  const { findings } = checked
  const isFailed = findings.some(({ level }) => level === 'fault' || options.strict)
  return isFailed ? EXIT.failed : EXIT.done
}

function formatJson(
  { file, servers, links }: Topology,
  { groups, longestPath, findings }: TopologyCheck,
): string {
  return JSON.stringify({
    topology: file,
    servers: servers.size,
    links: links.length,
    connected: groups.length === 1,
    groups,
    longestWay: longestPath,
    findings,
  })
}

function formatText(topology: Topology, checked: TopologyCheck, { stdout, env }: Streams): string {
  const { file, servers, links } = topology
  const { findings } = checked
  const chalk = new Chalk({ level: wantsColour(stdout, env) ? 1 : 0 })
  const marks = { fault: chalk.red('fault  '), warning: chalk.yellow('warning') }
  return [
    `${escapeControls(file)}: ${formatCount(servers.size, 'server')}, ${formatCount(links.length, 'link')}`,
    ...strengths(checked),
    ...findings.map(({ level, words }) => `${marks[level]} ${escapeControls(words)}`),
    summary(findings),
  ].join('\n')
}

function strengths({ groups, longestPath, findings }: TopologyCheck): string[] {
  if (groups.length > 1 || longestPath.length === 1) return []
  const links = formatCount(longestPath.length - 1, 'link')
  const ends = `from ${longestPath[0]} to ${longestPath.at(-1)}`
  const news = [`connected: every server reaches every other over at most ${links} (${ends})`]
  if (!findings.some(({ kind }) => kind === 'single-server' || kind === 'single-link'))
    news.push('no server is cut off when any one server or link fails')
  return news
}

function summary(findings: readonly Finding[]): string {
  const faults = findings.filter(({ level }) => level === 'fault').length
  const warnings = findings.length - faults
  return findings.length === 0
    ? 'no problems found'
    : `${formatCount(faults, 'fault')}, ${formatCount(warnings, 'warning')}`
}
