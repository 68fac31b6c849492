import { findNodeAtLocation, parseTree, printParseErrorCode, type Node, type ParseError } from 'jsonc-parser'

/** Keys and indexes that lead to a value: `['servers', 'Clark', 'port']`. */
export type JsonPath = readonly (string | number)[]

/** A text of JSON with comments and trailing commas; or what is wrong with it, with its line and column. */
export type JsoncDocument =
  | { readonly fault: string }
  | {
      readonly fault: undefined
      readonly value: unknown
      /** The line and column of a value, `3:14`, both from 1; of the innermost value around it if there is none. */
      readonly where: (path: JsonPath) => string
    }

const TEXTS: Readonly<Record<string, string>> = {
  CloseBraceExpected: 'a comma or a closing brace is missing',
  CloseBracketExpected: 'a comma or a closing bracket is missing',
  ColonExpected: 'a colon is missing',
  CommaExpected: 'a comma is missing',
  EndOfFileExpected: 'the text should end here',
  InvalidCharacter: 'a text holds a control character, such as a tab or a line end',
  InvalidEscapeCharacter: 'a text holds a backslash that begins no escape: write it twice',
  InvalidUnicode: 'a text holds \\u without four hexadecimal digits',
  PropertyNameExpected: 'a key in double quotes is missing',
  UnexpectedEndOfComment: 'a comment does not end',
  UnexpectedEndOfString: 'a text has no closing double quote',
  ValueExpected: 'a value is missing',
}

/** Reads JSON with comments and trailing commas. An object that has a key twice is a fault. */
export function parseJsonc(text: string): JsoncDocument {
  const errors: ParseError[] = []
  const at = (offset: number): string => positionAt(text, offset)
  let root: Node | undefined
  try {
    root = parseTree(text, errors, { allowTrailingComma: true })
  } catch {
    // The parser is recursive.
    return { fault: '1:1: it is nested too deeply' }
  }
  const [error] = errors
  if (error) return { fault: `${at(error.offset)}: ${errorText(error, text)}` }
  const twice = keyTwice(root as Node)
  if (twice)
    return {
      fault: `${at(twice.again)}: the key "${twice.key}" is used twice, first at ${at(twice.first)}`,
    }
  return {
    fault: undefined,
    value: valueOf(root as Node),
    where: (path) => at(offsetOf(root as Node, path)),
  }
}

function errorText({ error, offset, length }: ParseError, text: string): string {
  const code = printParseErrorCode(error)
  return (
    TEXTS[code] ??
    `${text.slice(offset, offset + length)} is not valid here: keys and texts are in double quotes`
  )
}

function positionAt(text: string, offset: number): string {
  const lines = text.slice(0, offset).split(/\r\n|\r|\n/)
  return `${lines.length}:${(lines.at(-1) as string).length + 1}`
}

/** The offset of a value, or of its key if it has one. */
function offsetOf(root: Node, path: JsonPath): number {
  const node = findNodeAtLocation(root, [...path])
  if (!node) return offsetOf(root, path.slice(0, -1))
  return node.parent?.type === 'property' ? node.parent.offset : node.offset
}

interface KeyTwice {
  readonly key: string
  readonly first: number
  readonly again: number
}

function keyTwice({ type, children = [] }: Node): KeyTwice | undefined {
  const seen = new Map<string, number>()
  for (const child of children) {
    if (type === 'object') {
      const key = keyOf(child)
      const first = seen.get(key)
      if (first !== undefined) return { key, first, again: child.offset }
      seen.set(key, child.offset)
    }
    const inner = keyTwice(child)
    if (inner) return inner
  }
  return undefined
}

/** The value that JSON.parse would return: unlike the one of the parser, it keeps a key `__proto__`. */
function valueOf({ type, children = [], value }: Node): unknown {
  switch (type) {
    case 'array':
      return children.map(valueOf)
    case 'object':
      return Object.fromEntries(children.map((child) => [keyOf(child), valueOf(child.children?.[1] as Node)]))
    default:
      return value
  }
}

function keyOf({ children = [] }: Node): string {
  return String(children[0]?.value)
}
