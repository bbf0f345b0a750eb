import { z } from 'zod'
import { Advice, Finding, Next } from '../../playbooks/shared/finding.ts'
import { merge } from '../../playbooks/shared/pasted/merge.ts'
import type { Told } from '../../playbooks/shared/triage.ts'
import { maskDeep } from '../mask.ts'
import { aboutTheText } from './about-text.ts'
import type { Seen } from './seen.ts'

const Recognised = z.object({
  kind: z.string(),
  /** first and last line, from 1 */
  from: z.number().int(),
  to: z.number().int(),
  /** how many lines of it were understood */
  lines: z.number().int(),
})

/** One fact: what identifies something is text, whatever its digits. */
const Fact = z.record(z.string(), z.union([z.string(), z.boolean(), z.array(z.string())]))

/** What a pasted text says; documented in docs/triage.md. Fields are added, never renamed or taken away. */
export const TriageAnswer = z.object({
  recognised: z.array(Recognised),
  /** kind (`watchers`, `osds`) → what the text names of it */
  facts: z.record(z.string(), z.array(Fact)),
  /** the worst first; `evidence` holds lines of the text */
  findings: z.array(Finding),
  /** checks to run next, as they are typed */
  next: z.array(Next),
  doNot: z.array(Advice),
})
export type TriageAnswer = z.infer<typeof TriageAnswer>

const EVIDENCE_LINES = 10
const EVIDENCE_LENGTH = 300

/** The readers' tellings as one answer, without secrets; a text that nobody could read says so in one finding. */
export function answerOf(seen: Seen, told: readonly Told[]): TriageAnswer {
  const { recognised, facts, findings, next, doNot } = merge(told)
  const nothing = recognised.length === 0 && findings.length === 0 && Object.keys(facts).length === 0
  const all = [...findings, ...aboutTheText(seen, nothing)]
  return maskDeep({
    recognised: seen.sifted ? byKind(recognised) : recognised,
    facts,
    findings: all.map((finding) => ({
      ...finding,
      evidence: finding.evidence.slice(0, EVIDENCE_LINES).map((line) => shortened(line)),
    })),
    next,
    doNot,
  })
}

/** Of a large text only pieces were read: one entry for each kind, from its first to its last line. */
function byKind(recognised: Told['recognised']): Told['recognised'] {
  const kinds = new Map<string, Told['recognised'][number]>()
  for (const one of recognised) {
    const { from, to, lines } = kinds.get(one.kind) ?? { from: one.from, to: one.to, lines: 0 }
    kinds.set(one.kind, {
      kind: one.kind,
      from: Math.min(from, one.from),
      to: Math.max(to, one.to),
      lines: lines + one.lines,
    })
  }
  return [...kinds.values()]
}

function shortened(line: string): string {
  return line.length <= EVIDENCE_LENGTH ? line : `${line.slice(0, EVIDENCE_LENGTH - 1)}…`
}

/** 0: recognised, and nothing in it is wrong; 1: something is; 2: nothing could be read from it. */
export function triageExitCode({ findings, recognised }: TriageAnswer): 0 | 1 | 2 {
  if (findings.some(({ severity }) => severity === 'warning' || severity === 'critical')) return 1
  return recognised.length > 0 ? 0 : 2
}
