import type { Finding, Severity, Verdict } from '../finding.ts'
import { code } from '../text.ts'
import type { Facts, Refused, Told } from '../triage.ts'

type Fact = Facts[string][number]

const SEVERITIES: Record<Severity, number> = { critical: 0, warning: 1, info: 2, ok: 3 }
const VERDICTS: Record<Verdict, number> = { confirmed: 0, inconclusive: 1, 'ruled-out': 2 }

/** What a reader calls it when it knows the form of a text, and the text shows no state. */
export const NOTHING_TO_JUDGE = 'nothing-to-judge'

/**
 * What several readers told of one text, as one: facts once each, findings by severity and then by how sure they are, what the
 * worst finding's reader advises first. A refused value becomes a finding `damaged-value`. Merging twice changes nothing more.
 */
export function merge(told: readonly Told[]): Told {
  const worstFirst = [...told].sort((a, b) => worst(a) - worst(b))
  const refused = unique(
    told.flatMap((one) => one.refused),
    ({ line, value, why }) => `${line} ${value} ${why}`,
  )
  const findings = [...worstFirst.flatMap((one) => one.findings), ...damaged(refused)]
  return {
    recognised: unique(
      told.flatMap((one) => one.recognised),
      ({ kind, from, to }) => `${kind} ${from} ${to}`,
    ).sort((a, b) => a.from - b.from || a.to - b.to),
    facts: mergeFacts(told.map((one) => one.facts)),
    findings: withoutShrugs(onceEach(findings)).sort((a, b) => rank(a) - rank(b)),
    next: unique(
      worstFirst.flatMap((one) => one.next),
      ({ command }) => command,
    ),
    doNot: unique(
      worstFirst.flatMap((one) => one.doNot),
      ({ what }) => what,
    ),
    refused,
  }
}

/** A reader's `nothing-to-judge` beside something that was judged only takes room. */
function withoutShrugs(findings: readonly Finding[]): Finding[] {
  const judged = findings.filter(({ code }) => code !== NOTHING_TO_JUDGE)
  return judged.length > 0 ? judged : [...findings]
}

/** A record that another one holds entirely says nothing of its own. */
export function mergeFacts(all: readonly Facts[]): Facts {
  const merged = new Map<string, Fact[]>()
  for (const facts of all)
    for (const [kind, records] of Object.entries(facts))
      if (records.length > 0) merged.set(kind, [...(merged.get(kind) ?? []), ...records])
  return Object.fromEntries([...merged].map(([kind, records]) => [kind, withoutContained(records)]))
}

function withoutContained(records: readonly Fact[]): Fact[] {
  const once = unique(records, (record) =>
    JSON.stringify(Object.entries(record).sort(([a], [b]) => (a < b ? -1 : 1))),
  )
  // comparing each with each is for what people paste, not for a day's log
  if (once.length > 2000) return once
  return once.filter((record) => !once.some((other) => other !== record && contains(other, record)))
}

function contains(whole: Fact, part: Fact): boolean {
  const fields = Object.entries(part)
  return (
    fields.length < Object.keys(whole).length &&
    fields.every(([name, value]) => Object.hasOwn(whole, name) && same(whole[name]!, value))
  )
}

function same(a: Fact[string], b: Fact[string]): boolean {
  return (
    a === b ||
    (Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((item, at) => item === b[at]))
  )
}

/** The same sentence twice is one finding with the evidence of both. */
function onceEach(findings: readonly Finding[]): Finding[] {
  const kept = new Map<string, Finding>()
  for (const finding of findings) {
    const key = JSON.stringify([finding.playbook, finding.code, finding.summary])
    const before = kept.get(key)
    if (!before) kept.set(key, finding)
    else
      kept.set(key, {
        ...(rank(finding) < rank(before) ? finding : before),
        details: [...new Set([...before.details, ...finding.details])],
        evidence: [...new Set([...before.evidence, ...finding.evidence])],
      })
  }
  return [...kept.values()]
}

function damaged(refused: readonly Refused[]): Finding[] {
  return unique(refused, ({ value, why }) => `${value} ${why}`).map(({ value, why, line }) => ({
    playbook: 'triage',
    code: 'damaged-value',
    verdict: 'inconclusive',
    severity: 'info',
    summary: `${code(value)} in line ${line} is damaged and was not used: ${why}.`.replace(/\.\.$/, '.'),
    details: [],
    evidence: [value],
  }))
}

const rank = ({ severity, verdict }: Finding) => SEVERITIES[severity] * 3 + VERDICTS[verdict]
const worst = ({ findings }: Told) => findings.reduce((least, finding) => Math.min(least, rank(finding)), 99)

function unique<T>(items: readonly T[], key: (item: T) => string): T[] {
  const seen = new Set<string>()
  return items.filter((item) => {
    const name = key(item)
    if (seen.has(name)) return false
    seen.add(name)
    return true
  })
}
