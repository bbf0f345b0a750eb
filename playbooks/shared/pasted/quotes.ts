import type { Line } from '../triage.ts'

const QUOTE = /^ {0,3}>[ \t]?/
/** `>>> unknown pass through result category`, `>> NODE: 10.0.0.1 <<`: what programs print, when it stands alone */
const DOUBLE = /^ {0,3}>>/

/** nobody quotes deeper, and a line may hold any number of marks */
const DEEPEST = 10

/**
 * Lines without the marks of quoted mail or Markdown. One level goes at a time, as long as all lines of a run have it;
 * a lone line that begins with two marks is a program's own.
 */
export function withoutQuotes(lines: readonly Row[], depth = 0): Row[] {
  if (depth === DEEPEST || !lines.some(({ text }) => QUOTE.test(text))) return [...lines]
  return runsOf(lines, (line) => QUOTE.test(line.text)).flatMap((run) => {
    const first = run[0]!.text
    if (!QUOTE.test(first) || (run.length === 1 && DOUBLE.test(first))) return run
    return withoutQuotes(
      run.map((line) => ({ ...line, text: line.text.replace(QUOTE, '') })),
      depth + 1,
    )
  })
}

/** Neighbours of which the same is true. */
export function runsOf<T>(items: readonly T[], is: (item: T) => boolean): T[][] {
  const runs: T[][] = []
  let before: boolean | undefined
  for (const item of items) {
    const now = is(item)
    if (now !== before) runs.push([])
    runs.at(-1)!.push(item)
    before = now
  }
  return runs
}

/** A line on the way to being clean. `edge`: a code block begins or ends here, so no command's output goes on beyond it. */
export type Row = Line & { edge?: true }

const FENCE = /^\s*(?:`{3,}|~{3,})\s*[\w+#.-]*\s*$/
const OPENING = /^(\s*)`{3,}(?=[^`])/
const CLOSING = /`{3,}\s*$/

/** Fenced code without the fences; where one stood is an empty line marked as edge. */
export function withoutFences(lines: readonly Row[]): Row[] {
  return lines.flatMap((line): Row[] => {
    const { n, text } = line
    if (!text.includes('```') && !text.includes('~~~')) return [line]
    const edge: Row = { n, text: '', edge: true }
    if (FENCE.test(text)) return [edge]
    const inner = text.replace(OPENING, '$1')
    const code = inner.replace(CLOSING, '')
    return [...(inner === text ? [] : [edge]), { n, text: code }, ...(code === inner ? [] : [edge])]
  })
}

/** never the first character of a tool's output: bullets of chat programs, wikis and mails */
const DOT = /^\s*[\u2022\u25e6\u25aa\u25ab\u2023\u2043\u00b7]\s+/
const STAR = /^\s*[*+] +(?=\S)/
const DASH = /^\s*- +(?=\S)/
/** `- net type: tcp`: a list of YAML, which would lose its meaning */
const YAML = /^\s*- +[a-z][\w -]*:(?:\s|$)/

/** Lines without the bullets of a list. A dash or star goes only if the paragraph is such a list throughout and no YAML. */
export function withoutBullets(lines: readonly Row[]): Row[] {
  const dotless = lines.map((line) => ({ ...line, text: line.text.replace(DOT, '') }))
  return paragraphs(dotless).flatMap((paragraph) => {
    const filled = paragraph.filter(({ text }) => text.trim() !== '')
    const every = (pattern: RegExp) => filled.length > 0 && filled.every(({ text }) => pattern.test(text))
    if (every(STAR)) return paragraph.map((line) => ({ ...line, text: line.text.replace(STAR, '') }))
    if (every(DASH) && !filled.some(({ text }) => YAML.test(text)))
      return paragraph.map((line) => ({ ...line, text: line.text.replace(DASH, '') }))
    return paragraph
  })
}

const SEPARATOR = /^\s*\|?\s*:?-{2,}:?\s*(?:\|\s*:?-{2,}:?\s*)*\|?\s*$/
const ROW = /^\s*\|.*\|\s*$/

/** Rows of a Markdown table as columns of blanks. Only below a `|---|` row: `ctdb -X` separates with pipes itself. */
export function withoutTables(lines: readonly Row[]): Row[] {
  return paragraphs(lines).flatMap((paragraph) => {
    const at = paragraph.findIndex(({ text }) => text.includes('|') && SEPARATOR.test(text))
    if (at < 0) return paragraph
    return paragraph.flatMap(({ n, text }, index) => {
      if (index === at) return []
      if (!ROW.test(text)) return [{ n, text }]
      return [
        {
          n,
          text: text
            .replace(/^\s*\|\s?/, '')
            .replace(/\s*\|\s*$/, '')
            .replace(/(?<!\\)\|/g, '  ')
            .replace(/\\\|/g, '|'),
        },
      ]
    })
  })
}

/** Runs of lines between empty ones; each run keeps the empty lines behind it. */
export function paragraphs(lines: readonly Row[]): Row[][] {
  const all: Row[][] = []
  let empty = true
  for (const line of lines) {
    const blank = line.text.trim() === ''
    if (all.length === 0 || (empty && !blank)) all.push([])
    all.at(-1)!.push(line)
    empty = blank
  }
  return all
}
