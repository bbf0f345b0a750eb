import type { Finding } from '../../finding.ts'
import type { Facts, Told } from '../../triage.ts'

type Fields = Record<string, string | boolean | readonly string[] | undefined>

/** A finding as a reader writes it; `evidence` are lines of the text. `about`: findings of one code about one thing become one. */
export type Noted = Omit<Finding, 'playbook' | 'details'> & { details?: string[]; about?: string }

/** What a reader collects while it goes through a text. */
export type Notes = {
  recognise(kind: string, from: number, to: number, lines?: number): void
  /** a fact that stands for itself; the same one twice is one */
  fact(kind: string, fields: Fields): void
  /** what is told of one thing in several places becomes one fact; what was said first stays */
  know(kind: string, key: string, fields: Fields): void
  finding(noted: Noted): void
  next(command: string, why: string): void
  doNot(what: string, why: string): void
  refuse(line: number, value: string, why: string): void
  told(): Told
}

const MOST_FACTS = 2000
const MOST_EVIDENCE = 10
const LONGEST_EVIDENCE = 300
const SEVERITIES = ['ok', 'info', 'warning', 'critical'] as const

/** An empty notebook of a reader. Nothing of a fact is a number: whoever notes it hands in text. */
export function takeNotes(playbook: string): Notes {
  const facts = new Map<string, Map<string, Fields>>()
  const findings = new Map<string, Finding>()
  const told: Told = { recognised: [], facts: {}, findings: [], next: [], doNot: [], refused: [] }
  const factsOf = (kind: string) => {
    const known = facts.get(kind) ?? new Map<string, Fields>()
    facts.set(kind, known)
    return known
  }
  return {
    recognise: (kind, from, to, lines = to - from + 1) => {
      const last = told.recognised.at(-1)
      if (last?.kind === kind && from >= last.from && to <= last.to) return
      // lines of one log that follow each other
      if (last?.kind === kind && from <= last.to + 1 && from >= last.from) {
        last.to = Math.max(last.to, to)
        last.lines += lines
      } else told.recognised.push({ kind, from, to, lines })
    },
    fact: (kind, fields) => {
      const known = factsOf(kind)
      const clean = without(fields)
      if (known.size < MOST_FACTS && Object.keys(clean).length > 0) known.set(JSON.stringify(clean), clean)
    },
    know: (kind, key, fields) => {
      const known = factsOf(kind)
      const before = known.get(`=${String(fields[key])}`)
      if (before || known.size < MOST_FACTS)
        known.set(`=${String(fields[key])}`, { ...without(fields), ...before })
    },
    finding: ({ details = [], about = '', ...noted }) => {
      const evidence = noted.evidence.map((line) => line.trim().slice(0, LONGEST_EVIDENCE)).filter(Boolean)
      const key = `${noted.code} ${about}`
      const before = findings.get(key)
      const worse = !before || SEVERITIES.indexOf(noted.severity) > SEVERITIES.indexOf(before.severity)
      const base = worse ? { ...noted, details } : before
      findings.set(key, {
        ...base,
        playbook,
        details: [...new Set([...(before?.details ?? []), ...details])].slice(0, 12),
        evidence: [...new Set([...(before?.evidence ?? []), ...evidence])].slice(0, MOST_EVIDENCE),
      })
    },
    next: (command, why) => {
      if (!told.next.some((each) => each.command === command)) told.next.push({ command, why })
    },
    doNot: (what, why) => {
      if (!told.doNot.some((each) => each.what === what)) told.doNot.push({ what, why })
    },
    refuse: (line, value, why) => {
      if (!told.refused.some((each) => each.line === line && each.value === value))
        told.refused.push({ line, value: value.trim().slice(0, LONGEST_EVIDENCE), why })
    },
    told: () => {
      for (const [kind, known] of facts)
        if (known.size > 0) told.facts[kind] = [...known.values()] as Facts[string]
      told.findings = [...findings.values()]
      return told
    },
  }
}

function without(fields: Fields): Fields {
  return Object.fromEntries(
    Object.entries(fields).filter(
      ([, value]) => value !== undefined && value !== '' && !(Array.isArray(value) && value.length === 0),
    ),
  )
}

/** What was recognised and holds nothing to complain about is called that. */
export function sayAtLeast(notes: Notes): Told {
  const told = notes.told()
  const [first] = told.recognised
  if (!first || told.findings.length > 0 || told.refused.length > 0) return told
  const kinds = [...new Set(told.recognised.map(({ kind }) => kind))].join(', ')
  notes.finding({
    ...{ code: 'nothing-wrong-here', verdict: 'inconclusive', severity: 'ok', evidence: [] },
    summary: `This is ${kinds}; nothing in it says that something is wrong.`,
  })
  return notes.told()
}
