/** What a flood line of a classic server may contain. */
export type Field =
  | 'server'
  | 'skew'
  | 'client'
  | 'position'
  | 'latitude'
  | 'longitude'
  | 'time'
  | 'received'
  | 'hops'
  | 'number'
  | 'sender'
  | 'visited'

/** The fields of one line as latin1 text, each as it is written there. */
export type FieldTexts = Partial<Record<Field, string>>

/** Parses and formats the flood lines of one kind of herd. */
export interface Dialect {
  /** The line with its fields in braces: `FLOOD AT {server} {skew} {client} {position} {time}`. */
  readonly template: string
  /** How long a line without a line end may be idle before it counts, in milliseconds; undefined if it must end. */
  readonly unterminatedMs?: number | undefined
  /** Parses a line without its line end; undefined if it is not of this dialect. */
  read(line: string): FieldTexts | undefined
  /** Formats a line without line end. Throws if a field of the template is missing. */
  write(fields: FieldTexts): string
}

const SPACE = '[\\t\\n\\v\\f\\r ]'
const TOKEN = '[^\\t\\n\\v\\f\\r ]+'
const NAME = '[^\\t\\n\\v\\f\\r ,;:\'"\\[\\]]+'
const DECIMAL = '(?:[0-9]+\\.?[0-9]*|\\.[0-9]+)(?:[eE][+-]?[0-9]+)?'

/** A field by name, or by name and style after a colon, as a pattern. Servers write one number in many ways, so patterns are lenient. */
const PATTERNS: Readonly<Record<string, string>> = {
  server: NAME,
  sender: NAME,
  skew: `[+-]{0,2}${DECIMAL}`,
  client: TOKEN,
  position: `[+-]?${DECIMAL}[+-]${DECIMAL}`,
  'position:comma': `[+-]?${DECIMAL},[+-]?${DECIMAL}`,
  latitude: `[+-]?${DECIMAL}`,
  longitude: `[+-]?${DECIMAL}`,
  time: DECIMAL,
  received: '[0-9]+\\.[0-9]+',
  hops: '[0-9]{1,9}',
  number: '[0-9]{1,9}',
  visited: `${NAME}(?:${SPACE}+${NAME})*`,
  'visited:comma': `${NAME}(?:,${NAME})*`,
  'visited:dash': NAME,
  'visited:list': `\\[(?:'${NAME}'(?:, '${NAME}')*)?\\]`,
}

/** How a field is changed on the way into a line and back, by name and style. Texts have the form of a plain line: servers are separated by spaces. */
const STYLES: Readonly<Record<string, { write(text: string): string; read(text: string): string }>> = {
  'position:comma': {
    write: (text) => text.replace(/(?<=.)[+-]/, ',$&'),
    read: (text) => text.replace(/,(?=[0-9.])/, '+').replace(',', ''),
  },
  visited: { write: (text) => text, read: (text) => text.replaceAll(new RegExp(`${SPACE}+`, 'g'), ' ') },
  'visited:comma': { write: (text) => text.replaceAll(' ', ','), read: (text) => text.replaceAll(',', ' ') },
  'visited:dash': { write: (text) => text.replaceAll(' ', '-'), read: (text) => text.replaceAll('-', ' ') },
  'visited:list': {
    write: (text) => `['${text.replaceAll(' ', "', '")}']`,
    read: (text) => text.replaceAll(/[[\]',]/g, ''),
  },
}

const PART = /\{([^{}]*)\}|([^{}]+)/gy

type Part = { readonly literal: string } | { readonly field: Field; readonly style: string }

/** Makes a dialect from a template. Returns what is wrong with the template, as a clause, if it is invalid. */
export function dialectOf(template: string): Dialect | string {
  const parts = partsOf(template)
  const fault = typeof parts === 'string' ? parts : faultIn(parts)
  if (typeof parts === 'string' || fault !== undefined) return fault as string
  const styles = parts.flatMap((part) => ('field' in part ? [part] : []))
  const pattern = new RegExp(`^${SPACE}*${patternOf(parts)}${SPACE}*$`)
  return {
    template,
    read: (line) => {
      const groups = pattern.exec(line)?.groups
      if (!groups) return undefined
      const texts = styles.map(({ field, style }) => {
        const text = groups[field] as string
        return [field, STYLES[style]?.read(text) ?? text] as const
      })
      return Object.fromEntries(texts)
    },
    write: (fields) =>
      parts
        .map((part) => ('literal' in part ? part.literal : styled(part.style, fields[part.field])))
        .join(''),
  }
}

function styled(style: string, text: string | undefined): string {
  if (text === undefined) throw new Error(`no text for ${style}`)
  return STYLES[style]?.write(text) ?? text
}

function partsOf(template: string): Part[] | string {
  const parts: Part[] = []
  let end = 0
  for (const [whole, style, literal = ''] of template.matchAll(PART)) {
    end += whole.length
    if (style === undefined) parts.push({ literal })
    else if (!(style in PATTERNS)) return `has no field "${style}"`
    else parts.push({ field: style.split(':')[0] as Field, style })
  }
  return end === template.length ? parts : 'has a brace without its counterpart'
}

function faultIn(parts: readonly Part[]): string | undefined {
  const fields = parts.flatMap((part) => ('field' in part ? [part.field] : []))
  const has = (field: Field): boolean => fields.includes(field)
  if (!has('client')) return 'lacks {client}'
  if (!has('time')) return 'lacks {time}'
  if (!has('position') && !(has('latitude') && has('longitude'))) return 'lacks {position}'
  if (parts.some((part, index) => 'field' in part && 'field' in (parts[index + 1] ?? { literal: '' })))
    return 'needs a separator between two fields'
  return undefined
}

/** The pattern of a template. A field that comes again must be the same. White space matches any white space. */
function patternOf(parts: readonly Part[]): string {
  const seen = new Set<string>()
  return parts
    .map((part) => {
      if ('literal' in part)
        return part.literal.replaceAll(/[.*+?^${}()|[\]\\/]/g, '\\$&').replaceAll(/ +/g, `${SPACE}+`)
      if (seen.has(part.field)) return `\\k<${part.field}>`
      seen.add(part.field)
      return `(?<${part.field}>${PATTERNS[part.style] as string})`
    })
    .join('')
}
