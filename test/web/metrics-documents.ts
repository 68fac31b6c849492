import { readFileSync } from 'node:fs'
import t, { type Test } from 'tap'
import { readMetrics } from '../fixtures/metrics-text.js'
import { NO_FIGURES } from '../fixtures/store-figures.js'
import { WebHerd } from '../fixtures/web-herd.js'

interface Panel {
  readonly id: number
  readonly type: string
  readonly title: string
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly datasource?: { readonly type: string; readonly uid: string }
  readonly targets?: readonly {
    readonly refId: string
    readonly expr: string
    readonly legendFormat: string
  }[]
}

interface Dashboard {
  readonly title: string
  readonly schemaVersion: number
  readonly templating: { readonly list: readonly { readonly name: string }[] }
  readonly panels: readonly Panel[]
}

const dashboard = JSON.parse(readFileSync('docs/grafana.json', 'utf8')) as Dashboard
const alerts = readFileSync('docs/alerts.yaml', 'utf8')
const exprs = dashboard.panels.flatMap(({ targets = [] }) => targets.map(({ expr }) => expr))

/** The names of all metrics of a server with a journal. */
async function metricNames(t: Test): Promise<string[]> {
  const herd = await WebHerd.start(t, {
    names: ['Clark'],
    openStore: () =>
      Promise.resolve({
        flush: () => undefined,
        committed: () => Promise.resolve(true),
        close: () => Promise.resolve(0),
        status: { unsaved: 0, fault: undefined, lost: 0 },
        figures: NO_FIGURES,
      }),
  })
  return [...readMetrics((await herd.ask('GET /metrics')).text).keys()]
}

/** The metrics that a text names. Histograms are queried by the names of their parts. */
function namedIn(text: string): string[] {
  const names = [...text.matchAll(/\b(?:proxyherd|process|nodejs)_[a-z0-9_]+/g)].map(([name]) => name)
  return [...new Set(names.map((name) => name.replace(/_(?:bucket|sum|count)$/, '')))]
}

t.test('docs/operations.md says what each metric means, and names no other', async (t) => {
  const names = await metricNames(t)
  const [, section = ''] = readFileSync('docs/operations.md', 'utf8').split('\n## Metrics\n')
  const rows =
    section
      .split('\n## ')[0]
      ?.split('\n')
      .filter((line) => line.startsWith('| `')) ?? []
  t.same(rows.flatMap((row) => namedIn(String(row.split('|')[1]))).sort(), names.sort())
})

t.test('the dashboard and the alert rules ask only for metrics that there are', async (t) => {
  const names = await metricNames(t)
  for (const [file, text] of [
    ['docs/grafana.json', exprs.join('\n')],
    ['docs/alerts.yaml', alerts.replace(/^ +- name: .*$/gm, '')],
  ] as const) {
    const named = namedIn(text)
    t.ok(named.length > 8, file)
    t.same(
      named.filter((name) => !names.includes(name)),
      [],
      file,
    )
  }
  const rules = alerts.split(/^ +- alert: /m).slice(1)
  for (const rule of rules)
    t.match(rule, /^Proxyherd\w+\n[^]* expr: [^]+ severity: (?:warning|critical) [^]+ summary: '.+'\n/)
})

t.test('the dashboard has the form that Grafana imports', async (t) => {
  t.equal(dashboard.title, 'proxyherd')
  t.ok(dashboard.schemaVersion >= 39)
  t.same(
    dashboard.templating.list.map(({ name }) => name),
    ['datasource', 'job', 'server'],
  )
  const { panels } = dashboard
  t.equal(new Set(panels.map(({ id }) => id)).size, panels.length, 'no two have the same number')
  const cells = new Set<string>()
  for (const { type, title, gridPos, datasource, targets = [] } of panels) {
    t.not(title, '')
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x += 1) {
      t.notOk(cells.has(`${x} ${gridPos.y}`), `${title} covers no other`)
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y += 1) cells.add(`${x} ${y}`)
    }
    t.ok(gridPos.x + gridPos.w <= 24, title)
    if (type === 'row') continue
    t.same(datasource, { type: 'prometheus', uid: '${datasource}' }, title)
    t.equal(new Set(targets.map(({ refId }) => refId)).size, targets.length, title)
    for (const { expr, legendFormat } of targets) {
      t.match(expr, /\{[^}]*(?:server=~"\$server"|job="\$job")/, title)
      t.match(legendFormat, /\{\{(?:server|instance|route|neighbour)\}\}/, title)
    }
  }
})
