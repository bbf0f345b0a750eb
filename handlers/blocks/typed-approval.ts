import type { ModalView } from '@slack/types'
import type { Approval } from '../../jobs/contracts.ts'
import { escaped, section } from './message.ts'

/** Asks the approver to type what would be cut off: for what may hit someone alive. */
export function typedApproval({ id, offer }: Approval): ModalView {
  return {
    type: 'modal',
    callback_id: 'approve-typed',
    private_metadata: id,
    title: { type: 'plain_text', text: 'Approve' },
    submit: { type: 'plain_text', text: 'Approve' },
    close: { type: 'plain_text', text: 'Not yet' },
    blocks: [
      section(
        `*${escaped(offer.label)}*\n${escaped(offer.plan)}\n*Touches:* ${escaped(offer.touches)}${offer.because === undefined ? '' : `\n*Two people, because* ${escaped(offer.because)}.`}`,
      ),
      section(offer.commands.map((command) => `\`${escaped(command)}\``).join('\n')),
      {
        type: 'input',
        block_id: 'address',
        label: { type: 'plain_text', text: `Type ${offer.typed ?? ''}` },
        element: { type: 'plain_text_input', action_id: 'typed' },
      },
    ],
  }
}

/** What someone is told below the field they typed into: plain text, in which Slack shows no names, at most 150 characters. */
export function belowField(told: string): string {
  return told
    .replace(/ These are: <@.*$/, '')
    .replace(/: <@.*$/, '.')
    .replace(/<@[^>]+>(?: and <@[^>]+>)*/g, 'someone')
    .replace(/^s/, 'S')
    .replace(/<!date[^|]*\|([^>]*)>/g, '$1')
    .slice(0, 150)
}
