import { styleText } from 'node:util'
import type { TriageAnswer } from '../jobs/triage.ts'

const COLOURS = { ok: 'green', info: 'cyan', warning: 'yellow', critical: 'red' } as const

/** one screen; the rest is in --json */
const [FINDINGS, EVIDENCE_LINES, FACTS_OF_A_KIND, CHECKS, ADVICE] = [8, 3, 6, 6, 6]
const [LINE, FACTS_LINE] = [200, 400]

/** What a text says, for a terminal: conclusion, why, what it names, what to do next, what not to do. */
export function triageText(answer: TriageAnswer, colour: boolean): string {
  const { findings, facts, next, doNot, recognised } = answer
  const concluded = findings.slice(0, FINDINGS).flatMap((finding) => {
    const summary = visible(finding.summary)
    const style = ['bold', COLOURS[finding.severity]] as const
    return [
      colour ? styleText([...style], summary, { validateStream: false }) : summary,
      ...finding.details.map((detail) => visible(`  • ${detail}`)),
      ...finding.evidence
        .slice(0, EVIDENCE_LINES)
        .map((line) => visible(`  > ${shortened(line.trim(), LINE)}`)),
    ]
  })
  const rest = [
    ...(findings.length === 0 ? ['Nothing in it says that something is wrong, nor that all is well.'] : []),
    ...more(findings.length - FINDINGS, 'findings'),
    ...factLines(facts),
    ...next.slice(0, CHECKS).map(({ command, why }) => `Next: unwedge ${command} (${why})`),
    ...more(next.length - CHECKS, 'checks'),
    ...doNot.slice(0, ADVICE).map(({ what, why }) => `Don't ${what}: ${why}`),
    ...more(doNot.length - ADVICE, 'pieces of advice'),
    ...(recognised.length === 0 ? [] : [`(${placesOf(recognised)})`]),
  ]
  return [...concluded, ...rest.map(visible)].join('\n')
}

function more(count: number, of: string): string[] {
  return count > 0 ? [`… and ${count} more ${of}; --json shows all.`] : []
}

/** `osds: 4 down, 7 up`: the values of each record, the first ones of each kind. */
function factLines(facts: TriageAnswer['facts']): string[] {
  return Object.entries(facts).map(([kind, records]) => {
    const shown = records
      .slice(0, FACTS_OF_A_KIND)
      .map((record) => Object.entries(record).map(field).join(' '))
    const others = records.length > FACTS_OF_A_KIND ? [`${records.length - FACTS_OF_A_KIND} more`] : []
    return shortened(`${kind}: ${[...shown, ...others].join(', ')}`, FACTS_LINE)
  })
}

function shortened(line: string, length: number): string {
  return line.length <= length ? line : `${line.slice(0, length - 1)}…`
}

function field([name, value]: [string, string | boolean | string[]]): string {
  if (typeof value === 'boolean') return value ? name : `not ${name}`
  return Array.isArray(value) ? `${name} ${value.join('+')}` : value === '' ? `${name} ""` : value
}

/** What was recognised and where, each kind once. */
function placesOf(recognised: TriageAnswer['recognised']): string {
  const kinds = new Map<string, string[]>()
  for (const { kind, from, to } of recognised)
    kinds.set(kind, [...(kinds.get(kind) ?? []), from === to ? `${from}` : `${from}–${to}`])
  return [...kinds]
    .map(
      ([kind, places]) =>
        `${kind}: line ${places.length > 5 ? `${places[0]} and ${places.length - 1} more places` : places.join(', ')}`,
    )
    .join('; ')
}

/** The text is someone else's: nothing in it moves the cursor or reorders what is read. */
function visible(line: string): string {
  return line.replace(/[\p{Cc}\p{Cf}]/gu, '')
}
