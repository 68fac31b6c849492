const DURATION = /^(?:\d{1,9}(?:\.\d{1,9})?(?:ms|[smhdw]))+$/
const PART = /([\d.]+)(ms|[smhdw])/g

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
}

/**
 * Parses a duration such as `90s`, `1.5h`, `1h30m`, `2d` or `1w`, the form of Go and `docker` with days and weeks added. Returns whole
 * milliseconds, or undefined if it is not a duration. A number without a unit is none: `5` could be seconds or minutes.
 */
export function parseDuration(text: string): number | undefined {
  if (!DURATION.test(text)) return undefined
  let sum = 0
  for (const [, count, unit = ''] of text.matchAll(PART)) sum += Number(count) * (UNIT_MS[unit] as number)
  return Math.round(sum)
}
