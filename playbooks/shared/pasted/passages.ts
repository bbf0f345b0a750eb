import type { Line, Passage } from '../triage.ts'
import { cleanLines } from './clean.ts'
import { byHost, withoutGrep } from './prefixes.ts'
import { type Prompt, promptOf } from './prompt.ts'
import type { Row } from './quotes.ts'
import { shellWords } from './words.ts'

/**
 * A pasted text as passages: what stands below one prompt, or between two. Empty text: none. A command that printed nothing
 * is a passage without lines. Output of several hosts (clush, pdsh, onnode, ansible) gives one passage for each; a code
 * block of Markdown begins and ends one.
 */
export function passagesOf(text: string): Passage[] {
  const lines = apart(cleanLines(text))
  const prompts = promptsIn(lines)
  const passages: Passage[] = []
  const add = (from: number, to: number, asked: Asked | undefined, indent: number) => {
    const command = asked?.command
    for (const group of byHost(dedented(withoutGrep(lines.slice(from, to)), indent), command)) {
      if (command === undefined && group.lines.every(({ text }) => text.trim() === '')) continue
      passages.push({ command, host: group.host ?? asked?.host, lines: trimmed(group.lines) })
    }
  }
  let from = 0
  let asked: Asked | undefined
  let indent = 0
  for (let at = 0; at <= lines.length; at += 1) {
    const prompt = prompts.get(at)
    if (at < lines.length && prompt === undefined && !lines[at]!.edge) continue
    if (at > from || asked) add(from, at, asked, indent)
    asked = prompt && askedAt(lines, at, prompt)
    indent = prompt ? indentOf(lines[at]!.text) : 0
    from = asked ? at + asked.rows : at + 1
    // what a command goes on over holds no prompt
    at = Math.max(at, from - 1)
  }
  return passages
}

type Asked = { command: readonly string[] | undefined; host: string | undefined; rows: number }

/** Line → its prompt. Bare `#` and `$` count only where no prompt of the same block names a host or a shell: there they are comments. */
function promptsIn(lines: readonly Row[]): Map<number, Prompt> {
  const found = new Map<number, Prompt>()
  let block: [number, Prompt][] = []
  for (let at = 0; at <= lines.length; at += 1) {
    const line = lines[at]
    const prompt = line && promptOf(line.text)
    if (prompt) block.push([at, prompt])
    if (line && !line.edge) continue
    const named = block.some(([, { kind }]) => kind === 'named')
    for (const [number, one] of block) if (!named || one.kind === 'named') found.set(number, one)
    block = []
  }
  return found
}

/** A command goes on behind a backslash or in an open quote; a shell marks such lines with `> `. */
function askedAt(lines: readonly Line[], at: number, prompt: Prompt): Asked {
  let typed = prompt.typed
  let rows = 1
  const next = () => lines[at + rows]?.text.replace(/^\s*> ?/, '')
  while (/(?<!\\)\\$/.test(typed) && rows < 20 && next() !== undefined) {
    typed = `${typed.slice(0, -1)} ${next()!.trim()}`
    rows += 1
  }
  let { words, open } = shellWords(typed)
  for (let more = 1; open && more <= 5 && lines[at + rows + more - 1]; more += 1) {
    const tail = lines.slice(at + rows, at + rows + more).map(({ text }) => text.replace(/^\s*> ?/, ''))
    if (tail.some((text) => promptOf(text)?.kind === 'named')) break
    const whole = shellWords([typed, ...tail].join('\n'))
    if (whole.open) continue
    words = whole.words
    open = false
    rows += more
  }
  return { command: words.length > 0 ? words : undefined, host: prompt.host, rows }
}

/**
 * A file without a newline at its end leaves the next prompt on the same line: `1111root@ctl-1:/var# `. Only a prompt that
 * stands at the beginning of another line is looked for.
 */
function apart(lines: readonly Row[]): Row[] {
  const marks = new Set<string>()
  for (const { text } of lines) {
    const prompt = promptOf(text)
    if (prompt?.kind === 'named' && prompt.host !== undefined && prompt.text.includes('@'))
      marks.add(prompt.text)
  }
  if (marks.size === 0 || marks.size > 50) return [...lines]
  return lines.flatMap((line): Row[] => {
    const { n, text } = line
    for (const mark of marks) {
      const at = text.indexOf(mark, 1)
      if (at > 0 && text.slice(0, at).trim() !== '' && !promptOf(text))
        return [
          { n, text: text.slice(0, at) },
          { n, text: text.slice(at) },
        ]
    }
    return [line]
  })
}

const indentOf = (text: string) => text.length - text.trimStart().length

/** Without the indentation that the whole passage has, or that its prompt had: a code block of Markdown. */
function dedented(lines: readonly Line[], least: number): Line[] {
  const filled = lines.filter(({ text }) => text.trim() !== '')
  const common = filled.reduce((most, { text }) => Math.min(most, indentOf(text)), 200)
  if (common === 0 && least === 0) return [...lines]
  return lines.map(({ n, text }) => ({
    n,
    text: text.slice(Math.min(indentOf(text), Math.max(common, least))),
  }))
}

/** Empty lines inside separate; those at the edges say nothing. */
function trimmed(lines: readonly Line[]): Line[] {
  const first = lines.findIndex(({ text }) => text !== '')
  return first < 0 ? [] : lines.slice(first, lines.findLastIndex(({ text }) => text !== '') + 1)
}
