import type { KnownBlock } from '@slack/types'
import type { Approval, Decision, Leaves, StepLine, TakeBackResult } from '../../jobs/contracts.ts'
import {
  button,
  commandsShown,
  context,
  escaped,
  type Message,
  message,
  section,
  timeOfDay,
  user,
} from './message.ts'

/** Under a remedy that has ended: what it left that must not stay, until when, and how it goes away. */
export function leavesBlocks(approval: Approval, leaves: Leaves, takeBack?: TakeBackResult): KnownBlock[] {
  if (takeBack?.state === 'taken-back') return [context('Taken back since then; see below.')]
  if (takeBack?.state === 'given-up') return [context('*It could NOT be taken back;* see below.')]
  if (takeBack || leaves.state === 'being-taken-back')
    return [section('*What it set up is being taken back.* The next message here says what came of it.')]
  const { inConfirm, above } = commandsShown(leaves.commands)
  return [
    section(`*Until ${timeOfDay(leaves.until)},* then it is taken back by itself.`),
    ...above,
    takeBackButton(approval, 'Take back now', leaves.label, inConfirm),
  ]
}

function takeBackButton(
  { id, offer }: Approval,
  verb: string,
  label = `“${offer.label}”`,
  commands = '',
): KnownBlock {
  const confirm = { title: 'Take it back now?', confirm: 'Take back', deny: 'Not yet' }
  return {
    type: 'actions',
    elements: [
      button({
        label: `${verb}: ${label}`,
        action: 'take-back',
        value: id,
        ...(commands && { confirm: { ...confirm, text: commands } }),
      }),
    ],
  }
}

export type TakenBack = {
  approval: Approval
  result: TakeBackResult
  /** what taking it back does */
  label: string | undefined
  /** who did not want to wait */
  askedBy?: Decision
  /** hash of the last audit entry */
  record?: string
}

/** The thread's message about what must not stay: it is gone, or loudly what a person has to do. */
export function takenBack({ approval, result, label, askedBy, record }: TakenBack): Message {
  const asked = askedBy
    ? [`${timeOfDay(askedBy.at, '{time_secs}')} ${user(askedBy.user)} did not want to wait`]
    : []
  const story = [...asked, ...result.lines.map(lineText)].join(' · ')
  const blocks: KnownBlock[] = [section(conclusion(approval, result))]
  if (story !== '') blocks.push(section(story))
  if (result.state !== 'taken-back') blocks.push(takeBackButton(approval, 'Try again to take back', label))
  if (record) blocks.push(context(`Record \`${escaped(record.slice(0, 12))}\``))
  return message(blocks)
}

function lineText({ at, text, ok }: StepLine): string {
  return `${timeOfDay(at, '{time_secs}')} ${escaped(text)}${ok ? '' : ' ✗'}`
}

function conclusion(approval: Approval, { state, now, otherwise, tries }: TakeBackResult): string {
  const what = escaped(now)
  // who asked and who approved: one of them has to hear it
  const people = [approval.requestedBy, ...approval.approvedBy.map((yes) => yes.user)]
  const called = [...new Set(people)].map(user).join(' ')
  switch (state) {
    case 'taken-back':
      return `*Taken back:* ${what}`
    case 'not-yet':
      return `*Not taken back yet:* ${what}\nTried ${tries} times; it is tried again, less and less often, for six hours.\n*If that is too late,* ${called}: ${escaped(otherwise)}`
    case 'given-up':
      return `*Could NOT be taken back:* ${what}${tries === 0 ? '' : ` (tried ${tries} times)`}\n*What a person has to do,* ${called}: ${escaped(otherwise)}`
  }
}
