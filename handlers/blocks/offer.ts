import type { KnownBlock } from '@slack/types'
import type { Approval } from '../../jobs/contracts.ts'
import { button, commandsShown, context, cut, escaped, section, timeOfDay, user } from './message.ts'

/** Characters. */
const [PLAN, TOUCHES] = [1200, 900]

/** One remedy in the thread: what would be done, to whom, who may say yes; or who decided what, when. */
export function offerBlocks(approval: Approval): KnownBlock[] {
  const { offer } = approval
  if (approval.state === 'pending') {
    const what = `*What would be done:* ${cut(escaped(offer.plan), PLAN)}\n*Touches:* ${cut(escaped(offer.touches), TOUCHES)}`
    const { inConfirm, above } = commandsShown(offer.commands)
    return [section(what), ...above, section(condition(approval)), actions(approval, inConfirm)]
  }
  return [section(`*${escaped(capital(offer.label))}*`), context(decided(approval))]
}

function condition({ offer, requestedBy, expiresAt, approvedBy }: Approval): string {
  const count = offer.approvals === 1 ? '*1 approval*' : '*2 approvals*'
  const isAddress = /:\d+\/\d+$/.test(offer.typed ?? '')
  const typed =
    offer.typed === undefined
      ? ''
      : ` and ${isAddress ? 'the address' : `\`${escaped(offer.typed)}\``} typed in`
  const because = offer.because === undefined ? '' : `, because ${escaped(offer.because)}`
  const soFar =
    approvedBy.length === 0 ? '' : `\nApproved so far: ${approvedBy.map((yes) => user(yes.user)).join(', ')}.`
  return `Needs ${count}${typed}, not from ${user(requestedBy)}, until ${timeOfDay(expiresAt)}${because}.${soFar}`
}

function actions({ id, offer }: Approval, commands: string): KnownBlock {
  const approve = offer.typed
    ? button({ label: `Approve: ${offer.label} …`, action: 'approve-typed', value: id, style: 'danger' })
    : button({
        label: `Approve: ${offer.label}`,
        action: 'approve',
        value: id,
        style: 'primary',
        confirm: { title: `${capital(offer.label)}?`, text: commands, confirm: 'Approve', deny: 'Not yet' },
      })
  return {
    type: 'actions',
    block_id: `offer-${id}`,
    elements: [
      approve,
      button({
        label: 'Reject',
        action: 'reject',
        value: id,
        confirm: {
          title: 'Reject this?',
          text: 'Nobody can approve it any more. A new check can offer it again.',
          confirm: 'Reject',
          deny: 'Back',
        },
      }),
    ],
  }
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}

/** Who, when, what: the line that stands where the buttons were. */
function decided(approval: Approval): string {
  const yes = approval.approvedBy
    .map(({ user: id, at }) => `${user(id)} at ${timeOfDay(at, '{time_secs}')}`)
    .join(' and ')
  const stopped = approval.stoppedBy
  const note = approval.note ? ` ${escaped(approval.note)}` : ''
  switch (approval.state) {
    case 'approved':
      return `Approved by ${yes}. Waiting for the worker.`
    case 'running':
      return `Approved by ${yes}. Running.`
    case 'done':
      return `Approved by ${yes}. *Done.*${note}`
    case 'failed':
      return `Approved by ${yes}. *Not done, or not proven.*${note}`
    case 'unknown':
      return `Approved by ${yes}. *It is not known how far it got.*${note}`
    case 'rejected':
      return `Rejected${stopped ? ` by ${user(stopped.user)} at ${timeOfDay(stopped.at, '{time_secs}')}` : ''}. Nothing was touched.`
    case 'vetoed':
      return `Approved by ${yes}, then stopped${stopped ? ` by ${user(stopped.user)} at ${timeOfDay(stopped.at, '{time_secs}')}` : ''} before it began. Nothing was touched.`
    case 'expired':
      return `Not approved in time (until ${timeOfDay(approval.expiresAt)}). Nothing was touched.`
    case 'pending':
      return ''
  }
}
