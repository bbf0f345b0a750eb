import type { KnownBlock } from '@slack/types'
import type { Approval, CheckRequest, CheckResult } from '../../jobs/contracts.ts'
import { button, context, escaped, type Message, message, section } from './message.ts'
import { offerBlocks } from './offer.ts'

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
  const blocks: KnownBlock[] = []
  if (first) {
    blocks.push(section(`*${escaped(first.summary)}*`))
    if (first.details.length > 0) blocks.push(section(bullets(first.details)))
  }
  for (const other of others) {
    blocks.push(
      section(`*${escaped(other.summary)}*${other.details.length > 0 ? `\n${bullets(other.details)}` : ''}`),
    )
  }
  if (doNot.length > 0)
    blocks.push(
      section(doNot.map((advice) => `*Don't* ${escaped(advice.what)}: ${escaped(advice.why)}`).join('\n')),
    )
  blocks.push(
    context(
      `Could not look at: ${unseen.length === 0 ? '–' : unseen.map((gap) => `${escaped(gap.what)} (${escaped(gap.why)})`).join('; ')}`,
    ),
  )
  if (result.stage === 'first-look')
    blocks.push(
      context(
        onlyFirst === undefined
          ? '_First look. A second one follows; this message will be refined in place._'
          : `_First look only: ${escaped(onlyFirst)}. Nothing is offered on it._`,
      ),
    )
  for (const approval of approvals) blocks.push(...offerBlocks(approval))
  if (next.length > 0) {
    blocks.push(context(next.map((step) => `${escaped(step.why)}: \`${escaped(step.command)}\``).join('\n')))
  }
  if (result.stage === 'final') {
    blocks.push({
      type: 'actions',
      elements: [
        button({ label: 'Show evidence', action: 'evidence', value: request.id }),
        button({ label: 'Export recording', action: 'export', value: request.id }),
        button({ label: 'Check again', action: 'again', value: request.id }),
      ],
    })
  }
  return message(blocks)
}

function bullets(lines: readonly string[]): string {
  return lines.map((line) => `• ${escaped(line)}`).join('\n')
}
