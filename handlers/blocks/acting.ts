import type { KnownBlock } from '@slack/types'
import type { Approval, RemedyResult, StepLine, TakeBackResult } from '../../jobs/contracts.ts'
import { button, context, escaped, type Message, message, section, timeOfDay, user } from './message.ts'
import { offerBlocks } from './offer.ts'
import { leavesBlocks } from './taken-back.ts'

export type Acting = {
  approval: Approval
  lines: readonly StepLine[]
  result?: RemedyResult
  /** what may follow, e.g. the way back */
  followUps?: readonly Approval[]
  /** how far taking back what must not stay has come */
  takeBack?: TakeBackResult
  /** hash of the last audit entry */
  record?: string
}

/** The thread message of a running or ended remedy: each step as it happened, then what is so now. */
export function acting({ approval, lines, result, followUps = [], takeBack, record }: Acting): Message {
  const approved = approval.approvedBy.map(
    (yes) => `${timeOfDay(yes.at, '{time_secs}')} approved by ${user(yes.user)}`,
  )
  const steps = lines.map(
    (line) => `${timeOfDay(line.at, '{time_secs}')} ${escaped(line.text)}${line.ok ? '' : ' ✗'}`,
  )
  const story = [...approved, ...steps].join(' · ')
  const blocks: KnownBlock[] = []
  if (result) blocks.push(section(conclusion(result)))
  blocks.push(section(result ? story : `${story || 'Starting'} · …`))
  if (result && result.next !== '') blocks.push(section(`*Next:* ${escaped(result.next)}`))
  const again: KnownBlock = {
    type: 'actions',
    elements: [button({ label: 'Check again', action: 'again', value: approval.checkId })],
  }
  return message(blocks, [
    ...(result?.leaves ? [leavesBlocks(approval, result.leaves, takeBack)] : []),
    ...followUps.map(offerBlocks),
    ...(record ? [[context(`Record \`${escaped(record.slice(0, 12))}\``)]] : []),
    ...(result ? [[again]] : []),
  ])
}

function conclusion({ state, now, undone }: RemedyResult): string {
  const rest = undone === '' ? '' : ` ${escaped(undone)}`
  switch (state) {
    case 'done':
      return `*Done.* ${escaped(now)}${rest}`
    case 'refused':
      return `*Not done.* ${escaped(now)}${rest}`
    case 'failed':
      return `*Stopped.* ${escaped(now)}${rest}`
    case 'unknown':
      return `*It is not known how far it got.* ${escaped(now)}${rest}`
  }
}
