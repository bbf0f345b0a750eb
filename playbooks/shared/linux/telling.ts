import type { Finding } from '../finding.ts'
import type { Facts, Line, Told } from '../triage.ts'

type Fields = Record<string, string | boolean | readonly string[] | undefined>

/** A conclusion about a pasted text; `lines` are those it rests on. */
export type Say = Pick<Finding, 'code' | 'verdict' | 'severity' | 'summary'> & {
  details?: readonly string[]
  lines?: readonly Line[]
}

/** Collects what one reader has to say; nothing is said twice. */
export type Teller = {
  /** these lines are of that kind */
  saw(kind: string, lines: readonly Line[]): void
  /** fields that are undefined are not in the text, and are left out */
  fact(kind: string, fields: Fields): void
  find(finding: Say): void
  next(command: string, why: string): void
  doNot(what: string, why: string): void
  refuse(line: Line, why: string, value?: string): void
  told(): Told
}

const MOST_LINES = 10
const MOST_CHARACTERS = 300

export function tellerOf(playbook: string): Teller {
  const facts: Facts = {}
  const told: Told = { recognised: [], facts, findings: [], next: [], doNot: [], refused: [] }
  const known = new Set<string>()
  const isNew = (what: unknown) => {
    const key = JSON.stringify(what)
    return known.has(key) ? false : known.add(key) && true
  }
  return {
    saw(kind, lines) {
      if (lines.length === 0) return
      const numbers = lines.map(({ n }) => n)
      const [from, to] = [Math.min(...numbers), Math.max(...numbers)]
      if (isNew(['saw', kind, from, to]))
        told.recognised.push({ kind, from, to, lines: new Set(numbers).size })
    },
    fact(kind, fields) {
      const present = Object.fromEntries(
        Object.entries(fields).flatMap(([name, value]) =>
          value === undefined || value === ''
            ? []
            : [[name, typeof value === 'object' ? [...value] : value] as const],
        ),
      )
      if (Object.keys(present).length === 0 || !isNew(['fact', kind, present])) return
      facts[kind] ??= []
      facts[kind].push(present)
    },
    find({ details = [], lines = [], ...rest }) {
      const evidence = [...new Set(lines.map(({ text }) => text.trim().slice(0, MOST_CHARACTERS)))]
      if (isNew(['find', rest]))
        told.findings.push({
          playbook,
          ...rest,
          details: [...details],
          evidence: evidence.slice(0, MOST_LINES),
        })
    },
    next(command, why) {
      if (isNew(['next', command])) told.next.push({ command, why })
    },
    doNot(what, why) {
      if (isNew(['doNot', what])) told.doNot.push({ what, why })
    },
    refuse({ n, text }, why, value = text.trim()) {
      if (isNew(['refuse', n, value]))
        told.refused.push({ line: n, value: value.slice(0, MOST_CHARACTERS), why })
    },
    told: () => told,
  }
}
