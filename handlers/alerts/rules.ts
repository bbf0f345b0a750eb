import type { Declaration } from '../../playbooks/shared/playbook.ts'
import { type Command, parseWords, shown } from '../command-line.ts'
import type { Alert } from './update.ts'

/** Which alerts start which check, and how often at most. */
export type Rule = {
  name: string
  /** label or annotation → pattern that has to match it whole; its named groups can be used in `check` */
  match: Record<string, RegExp>
  /** a line as people type it; `{name}` stands for a label, an annotation or a named group */
  check: string
  cooldownMs: number
  perHour: number
}

export type Planned = { rule: Rule; command: Extract<Command, { verb: 'check' }> }
export type NotPlanned = { rule: Rule; problem: string }

/** A rule that can never work; found when the configuration is read. */
export class BadRule extends Error {
  readonly code = 'bad-rule'
  constructor(rule: string, why: string, options?: ErrorOptions) {
    super(`alerts.rules.${rule}: ${why}`, options)
    this.name = 'BadRule'
  }
}

/** Text of the configuration → rule. Throws BadRule for a pattern that isn't one. */
export function compileRule(
  name: string,
  raw: { match: Record<string, string>; check: string; cooldown_minutes: number; per_hour: number },
): Rule {
  const match = Object.entries(raw.match).map(([label, pattern]) => {
    try {
      return [label, new RegExp(`^(?:${pattern})$`, 'u')] as const
    } catch (cause) {
      throw new BadRule(name, `match.${label}: not a regular expression`, { cause })
    }
  })
  return {
    name,
    match: Object.fromEntries(match),
    check: raw.check,
    cooldownMs: raw.cooldown_minutes * 60_000,
    perHour: raw.per_hour,
  }
}

const OPTION = /^[a-z][a-z-]*=/i

/**
 * The checks that these rules ask for. Values from outside are put into words that stand already, so that one value
 * can never become two arguments; then the playbook's own schema decides.
 */
export function planChecks(
  rules: readonly Rule[],
  alert: Alert,
  catalogue: readonly Declaration[],
): (Planned | NotPlanned)[] {
  return rules.flatMap((rule): (Planned | NotPlanned)[] => {
    const values = matched(rule, alert)
    if (!values) return []
    const words = rule.check.trim().split(/\s+/)
    const missing = new Set<string>()
    const filled = words.map((word) =>
      word.replace(/\{(\w+)\}/g, (_, name: string) => {
        if (values[name] === undefined) missing.add(name)
        return values[name] ?? ''
      }),
    )
    if (missing.size > 0) return [{ rule, problem: `the alert has no ${[...missing].join(', ')}` }]
    // a value may look like an option; which options a check has is the rule's business
    const odd = filled.find((word, at) => OPTION.test(word) && !OPTION.test(words[at]!))
    if (odd !== undefined)
      return [{ rule, problem: `\`${shown(odd)}\` of the alert looks like an option, not like a target` }]
    const parsed = parseWords(filled, catalogue)
    if (!parsed.ok) return [{ rule, problem: parsed.refusal.problem }]
    if (parsed.command.verb !== 'check') return [{ rule, problem: 'only checks run by themselves' }]
    return [{ rule, command: parsed.command }]
  })
}

function matched(rule: Rule, { labels, annotations }: Alert): Record<string, string> | undefined {
  const values = { ...annotations, ...labels }
  const groups: Record<string, string> = {}
  for (const [name, pattern] of Object.entries(rule.match)) {
    const match = values[name] === undefined ? null : pattern.exec(values[name])
    if (!match) return undefined
    Object.assign(groups, match.groups)
  }
  return { ...values, ...groups }
}
