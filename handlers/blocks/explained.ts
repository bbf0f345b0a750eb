import type { KnownBlock } from '@slack/types'
import type { TriageAnswer } from '../../jobs/triage.ts'
import { button, context, cut, escaped, type Message, message, section } from './message.ts'

/** The buttons that run a check: an action id each, because Slack wants them different. */
export const NEXT_ACTIONS = ['next-1', 'next-2', 'next-3', 'next-4', 'next-5'] as const

/** what fits on a phone; `unwedge triage` shows all of it */
const [FINDINGS, DETAILS, EVIDENCE_LINES, LINE, FACTS_OF_A_KIND] = [5, 4, 3, 200, 5]
const [FINDING_LENGTH, LIST_LENGTH, COMMAND_LENGTH] = [900, 1000, 300]

export type Explained = {
  answer: TriageAnswer
  /** what was read, when it was not the message itself: a file's name */
  of?: string
  /** whether a command fits our grammar, so that a button may run it */
  runs(command: string): boolean
}

/** What a pasted text says: conclusion, evidence, what it names, checks to run, what not to do. Nothing in it can ping anybody. */
export function explained({ answer, of, runs }: Explained): Message {
  const { findings, facts, next, doNot, recognised } = answer
  const checks = next.slice(0, NEXT_ACTIONS.length)
  const blocks: KnownBlock[] = findings.slice(0, FINDINGS).map(findingBlock)
  if (findings.length === 0)
    blocks.push(section('*Nothing in it says that something is wrong, nor that all is well.*'))
  if (findings.length > FINDINGS)
    blocks.push(
      context(`_${findings.length - FINDINGS} more findings: \`unwedge triage\` shows all of them._`),
    )
  if (Object.keys(facts).length > 0) blocks.push(section(cut(factLines(facts), LIST_LENGTH)))
  const checking: KnownBlock[] = []
  if (checks.length > 0) {
    const lines = checks.map(({ command, why }) => `• \`${escaped(command)}\`: ${escaped(why)}`)
    checking.push(section(cut(`*Next:*\n${lines.join('\n')}`, LIST_LENGTH)))
  }
  const buttons = checks.flatMap(({ command }, at) =>
    // a label stands unescaped in the fallback text
    command.length <= COMMAND_LENGTH && !/[<>&]/.test(command) && runs(command)
      ? [button({ label: `Run: ${command}`, action: NEXT_ACTIONS[at]!, value: command })]
      : [],
  )
  if (buttons.length > 0) checking.push({ type: 'actions', elements: buttons })
  const warnings = doNot.map(({ what, why }) => `*Don't* ${escaped(what)}: ${escaped(why)}`)
  return message(blocks, [
    checking,
    warnings.length > 0 ? [section(cut(warnings.join('\n'), LIST_LENGTH))] : [],
    [context(cut(readFrom(recognised, of), 500))],
  ])
}

function findingBlock({ summary, details, evidence }: TriageAnswer['findings'][number]): KnownBlock {
  const because = details.slice(0, DETAILS).map((line) => `• ${escaped(cut(line, 2 * LINE))}`)
  const words = cut([`*${escaped(summary)}*`, ...because].join('\n'), FINDING_LENGTH)
  const lines = evidence.slice(0, EVIDENCE_LINES).map((line) => escaped(shortened(line)))
  return section(lines.length === 0 ? words : `${words}\n\`\`\`${lines.join('\n')}\`\`\``)
}

/** A line that stays inside of its block of code. */
function shortened(line: string): string {
  const plain = line.trim().replaceAll('`', "'")
  return plain.length > LINE ? `${plain.slice(0, LINE - 1)}…` : plain
}

function factLines(facts: TriageAnswer['facts']): string {
  return Object.entries(facts)
    .map(([kind, records]) => {
      const shown = records.slice(0, FACTS_OF_A_KIND).map((record) => {
        const values = Object.entries(record).flatMap(([name, value]) =>
          typeof value === 'boolean'
            ? value
              ? [name]
              : []
            : Array.isArray(value)
              ? [value.join('+')]
              : [value],
        )
        return `\`${escaped(shortened(values.join(' ')))}\``
      })
      const others = records.length > FACTS_OF_A_KIND ? [`${records.length - FACTS_OF_A_KIND} more`] : []
      return `*${escaped(kind)}:* ${[...shown, ...others].join(', ')}`
    })
    .join('\n')
}

function readFrom(recognised: TriageAnswer['recognised'], of: string | undefined): string {
  const kinds = [...new Set(recognised.map(({ kind }) => kind))].slice(0, 8)
  const source = of === undefined ? 'Read' : `Read ${escaped(of)}`
  const what = kinds.length === 0 ? source : `${source}: ${kinds.map(escaped).join(', ')}`
  return `${what}. From this text alone; a check looks at what is so now.`
}
