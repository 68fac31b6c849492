import type { Histogram } from '../../histogram.js'

/** Labels of a sample. Few values are possible for each, and none is a client ID, or there would be a time series per client. */
export type Labels = Readonly<Record<string, string>>

/** A number, under labels. */
export interface Sample {
  readonly labels?: Labels
  readonly value: number
}

/** A metric, with a sample for each of some combinations of labels. */
export type Metric = {
  readonly name: string
  /** What it means, in one line. */
  readonly help: string
} & (
  | { readonly type: 'counter' | 'gauge'; readonly samples: readonly Sample[] }
  | {
      readonly type: 'histogram'
      readonly histograms: readonly { readonly labels?: Labels; readonly histogram: Histogram }[]
    }
)

/** The media type of the text. */
export const METRICS_TYPE = 'text/plain; version=0.0.4; charset=utf-8'

/**
 * Formats metrics as Prometheus reads them. `common` are labels of all samples. The package prom-client would keep each value a second time, cannot
 * take over the counts of a histogram, and looks at each socket for its own metrics, which takes 25 ms for 10,000.
 */
export function formatMetrics(metrics: readonly Metric[], common: Labels = {}): string {
  return metrics.map((metric) => formatMetric(metric, common)).join('')
}

function formatMetric(metric: Metric, common: Labels): string {
  const { name, help, type } = metric
  const lines =
    metric.type === 'histogram'
      ? metric.histograms.flatMap(({ labels, histogram }) =>
          histogramLines(name, { ...common, ...labels }, histogram),
        )
      : metric.samples.map(({ labels, value }) => line(name, { ...common, ...labels }, value))
  return [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines, ''].join('\n')
}

function histogramLines(name: string, labels: Labels, { bounds, counts, sum, count }: Histogram): string[] {
  let below = 0
  const buckets = bounds.map((bound, range) => {
    below += counts[range] as number
    return line(`${name}_bucket`, { ...labels, le: String(bound) }, below)
  })
  return [
    ...buckets,
    line(`${name}_bucket`, { ...labels, le: '+Inf' }, count),
    line(`${name}_sum`, labels, sum),
    line(`${name}_count`, labels, count),
  ]
}

function line(name: string, labels: Labels, value: number): string {
  const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escape(text)}"`)
  return `${name}${pairs.length === 0 ? '' : `{${pairs.join(',')}}`} ${value}`
}

function escape(text: string): string {
  return text.replace(/[\\"]/g, '\\$&').replace(/\n/g, '\\n')
}
