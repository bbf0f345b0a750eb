import { howFar, type Progress } from '../../jobs/check.ts'
import type { Approval, CheckRequest, CheckResult } from '../../jobs/contracts.ts'
import { button, context, escaped, type Message, message, section, user } from './message.ts'

export type Checking = {
  request: CheckRequest
  subject: string
  progress?: Pick<Progress, 'looking' | 'ended' | 'wanted' | 'hosts'>
  secondsSoFar?: number
  /** set when nobody is there to look */
  nobodyLooks?: string
}

/** The first message of a thread while the check runs; edited in place. */
export function checking({ request, subject, progress, secondsSoFar, nobodyLooks }: Checking): Message {
  const heading = `*Checking ${escaped(subject)}* on *${escaped(request.cluster)}* for ${user(request.requestedBy)}`
  const state = nobodyLooks
    ? escaped(nobodyLooks)
    : progress
      ? `${escaped(howFar(progress))}${secondsSoFar === undefined ? '' : ` · ${secondsSoFar} s`}`
      : 'starting …'
  return message([
    section(heading),
    context(state),
    { type: 'actions', elements: [button({ label: 'Cancel', action: 'cancel', value: request.id })] },
  ])
}

/** The same message when the check has ended: the conclusion in one line, for those who only read the channel. */
export function concluded(
  request: CheckRequest,
  result: CheckResult,
  approvals: readonly Approval[] = [],
): Message {
  const took = Math.max(1, Math.round((result.endedAt - result.startedAt) / 1000))
  const summary = result.diagnosis.findings[0]?.summary ?? ''
  const done = approvals.filter(({ state }) => state === 'done')
  return message([
    section(`*${escaped(summary)}*`),
    ...done.map((approval) => section(`*Since then:* ${escaped(approval.note ?? approval.offer.label)}`)),
    context(
      `${escaped(result.subject)} on *${escaped(request.cluster)}*, for ${user(request.requestedBy)} · looked for ${took} s · details in the thread`,
    ),
  ])
}

/** The same message when there is no result: cancelled, no worker, the worker failed. */
export function notConcluded(request: CheckRequest, subject: string, why: string, next: string): Message {
  return message([
    section(`*No answer about ${escaped(subject)}:* ${escaped(why)}`),
    context(
      `${escaped(next)} · asked by ${user(request.requestedBy)}, cluster *${escaped(request.cluster)}*`,
    ),
    { type: 'actions', elements: [button({ label: 'Check again', action: 'again', value: request.id })] },
  ])
}
