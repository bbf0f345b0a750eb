import { z } from 'zod'

export const Verdict = z.enum(['confirmed', 'ruled-out', 'inconclusive'])
export type Verdict = z.infer<typeof Verdict>

export const Severity = z.enum(['ok', 'info', 'warning', 'critical'])
export type Severity = z.infer<typeof Severity>

/** A conclusion. `summary` is one sentence a tired person can act on; identifiers stand in backticks. */
export const Finding = z.object({
  playbook: z.string(),
  /** stable, for machines: `left-over-watcher` */
  code: z.string(),
  verdict: Verdict,
  severity: Severity,
  summary: z.string(),
  /** why we believe it, one line each */
  details: z.array(z.string()),
  /** ids of the probes it rests on */
  evidence: z.array(z.string()),
})
export type Finding = z.infer<typeof Finding>

/** What could not be looked at; shown with every finding, so that silence is never taken for health. */
export const Unseen = z.object({ what: z.string(), why: z.string(), probe: z.string().optional() })
export type Unseen = z.infer<typeof Unseen>

/**
 * A remedy that a finding proposes, as data: what would be done, to whom, and who has to agree.
 * `basis` is what it rests on; when that has changed between offer and action, nothing is done.
 */
export const Offer = z.object({
  remedy: z.string(),
  params: z.record(z.string(), z.string()),
  /** the button: "Block the left-over watcher" */
  label: z.string().max(60),
  /** what would be done, step by step, in words */
  plan: z.string(),
  /** exact commands, for the confirm dialog */
  commands: z.array(z.string()),
  /** blast radius: what else it touches, in words */
  touches: z.string(),
  approvals: z.union([z.literal(1), z.literal(2)]),
  /** why more than one approval is asked for */
  because: z.string().optional(),
  /** text the approver has to type, for what can cut off someone alive */
  typed: z.string().optional(),
  /** canonical text of the evidence it rests on */
  basis: z.string(),
})
export type Offer = z.infer<typeof Offer>

/** A command that a person could run next, e.g. `check lun /dev/sdd`, and why. */
export const Next = z.object({ command: z.string(), why: z.string() })
export type Next = z.infer<typeof Next>

export const Advice = z.object({ what: z.string(), why: z.string() })
export type Advice = z.infer<typeof Advice>

/** Everything a playbook concludes from what it has seen so far; findings[0] is the conclusion. */
export const Diagnosis = z.object({
  /** false: what was asked about could not be seen at all, so nothing is said about its health */
  looked: z.boolean(),
  facts: z.record(z.string(), z.json()),
  findings: z.array(Finding).min(1),
  unseen: z.array(Unseen),
  offers: z.array(Offer),
  next: z.array(Next),
  doNot: z.array(Advice),
})
export type Diagnosis = z.infer<typeof Diagnosis>
