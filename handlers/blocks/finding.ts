import type { KnownBlock } from '@slack/types'
import type { Approval, CheckRequest, CheckResult } from '../../jobs/contracts.ts'
import { button, context, escaped, listed, type Message, message, section } from './message.ts'
import { offerBlocks } from './offer.ts'

/** Characters: why we believe the conclusion, and each other finding; what not to do, or to do next; what was not seen. */
const [FIRST, OTHERS, ADVICE, GAPS] = [2000, 900, 1200, 1000]

/** The answer in the thread: conclusion, why, what could not be seen, what can be done. Pure in its inputs, so it can be redrawn at any time. */
export function finding(
  request: CheckRequest,
  result: CheckResult,
  approvals: readonly Approval[],
  /** why no second look followed the first */
  onlyFirst?: string,
): Message {
  const { findings, unseen, next, doNot } = result.diagnosis
  const [first, ...others] = findings
  const found: KnownBlock[] = []
  if (first) {
    found.push(section(`*${escaped(first.summary)}*`))
    if (first.details.length > 0) found.push(section(bullets(first.details, FIRST)))
  }
  for (const { summary, details } of others)
    found.push(section(`*${escaped(summary)}*${details.length > 0 ? `\n${bullets(details, OTHERS)}` : ''}`))
  const gaps = unseen.map((gap) => `${escaped(gap.what)} (${escaped(gap.why)})`)
  const limits: KnownBlock[] = [
    ...(doNot.length > 0
      ? [
          section(
            listed(
              doNot.map(({ what, why }) => `*Don't* ${escaped(what)}: ${escaped(why)}`),
              ADVICE,
            ),
          ),
        ]
      : []),
    context(`Could not look at: ${gaps.length === 0 ? '–' : listed(gaps, GAPS, { between: '; ' })}`),
  ]
  if (result.stage === 'first-look')
    limits.push(
      context(
        onlyFirst === undefined
          ? '_First look. A second one follows; this message will be refined in place._'
          : `_First look only: ${escaped(onlyFirst)}. Nothing is offered on it._`,
      ),
    )
  const steps = next.map((step) => `${escaped(step.why)}: \`${escaped(step.command)}\``)
  const buttons: KnownBlock = {
    type: 'actions',
    elements: [
      button({ label: 'Show evidence', action: 'evidence', value: request.id }),
      button({ label: 'Export recording', action: 'export', value: request.id }),
      button({ label: 'Check again', action: 'again', value: request.id }),
    ],
  }
  return message(
    found,
    [
      limits,
      ...approvals.map(offerBlocks),
      ...(steps.length > 0 ? [[context(listed(steps, ADVICE))]] : []),
      ...(result.stage === 'final' ? [[buttons]] : []),
    ],
    'More was found than fits here; what it rests on is under *Show evidence*.',
  )
}

function bullets(lines: readonly string[], limit: number): string {
  return listed(
    lines.map((line) => `• ${escaped(line)}`),
    limit,
  )
}
