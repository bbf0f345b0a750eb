import { styleText } from 'node:util'
import type { CheckResult } from '../jobs/contracts.ts'
import type { Severity } from '../playbooks/shared/finding.ts'

const COLOURS = { ok: 'green', info: 'cyan', warning: 'yellow', critical: 'red' } as const satisfies Record<
  Severity,
  string
>

/** A check's answer for a terminal: the same as in Slack, in the same order. */
export function answerText(result: CheckResult, colour: boolean): string {
  const paint = (severity: Severity, text: string) =>
    colour ? styleText(['bold', COLOURS[severity]], text, { validateStream: false }) : text
  const { findings, unseen, offers, next, doNot } = result.diagnosis
  const took = Math.max(1, Math.round((result.endedAt - result.startedAt) / 1000))
  const parts = [
    ...findings.flatMap((finding) => [
      paint(finding.severity, finding.summary),
      ...finding.details.map((line) => `  • ${line}`),
    ]),
    ...doNot.map((advice) => `Don't ${advice.what}: ${advice.why}`),
    `Could not look at: ${unseen.length === 0 ? '–' : unseen.map((gap) => `${gap.what} (${gap.why})`).join('; ')}`,
    ...offers.flatMap((offer) => [
      '',
      `What would be done: ${offer.plan}`,
      `Touches: ${offer.touches}`,
      `Needs ${offer.approvals === 1 ? '1 approval' : '2 approvals'} in Slack${offer.because === undefined ? '' : `, because ${offer.because}`}. The commands:`,
      ...offer.commands.map((command) => `  ${command}`),
    ]),
    ...next.map((step) => `${step.why}: ${step.command}`),
    `(${result.subject} on ${result.cluster}, looked for ${took} s)`,
  ]
  return parts.join('\n')
}

/** For machines: everything of the answer, one JSON document. */
export function answerJson(result: CheckResult, args: Record<string, string>): string {
  const { playbook, cluster, subject, startedAt, endedAt, diagnosis } = result
  return JSON.stringify({ playbook, cluster, subject, args, startedAt, endedAt, ...diagnosis }, null, 2)
}

/** 0: looked and nothing is wrong; 1: something is; 2: could not look. */
export function exitCode({ diagnosis }: CheckResult): 0 | 1 | 2 {
  if (!diagnosis.looked) return 2
  return diagnosis.findings.some(({ severity }) => severity === 'warning' || severity === 'critical') ? 1 : 0
}
