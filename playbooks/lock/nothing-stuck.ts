import { code } from '../shared/text.ts'
import { type Draft, listed } from './about-file.ts'
import { type ProcessView, seesAll } from './processes.ts'
import { hungLine } from './words.ts'

/** Why `ps` did not list every process. */
export const NOT_ALL =
  'the threads of the kernel are not among them: we look from inside a container, or /proc is mounted with hidepid'

/** How many threads that may wait were too many. */
export const leftOut = ({ leftOut: threads }: ProcessView) =>
  `${threads.length === 1 ? 'one more thread was' : `${threads.length} more threads were`} too many to look at closely`

/** Nothing hangs: what was found instead. */
export function nothingStuck(view: ProcessView, asked: string | undefined): Draft {
  const host = code(view.host.name)
  const base = {
    details: view.hung.slice(0, 6).map((hung) => hungLine(hung, undefined)),
    evidence: ['threads', 'waits-1', 'waits-2'],
  }
  if (asked !== undefined && view.chosen.length === 0) {
    return {
      ...base,
      code: 'no-such-process',
      verdict: 'inconclusive',
      severity: 'warning',
      summary: `There is no process ${code(asked)} on ${host}${seesAll(view) ? '' : ', among those that I can see'}.`,
    }
  }
  const inD = view.threads.seen
    ? view.threads.value.filter(
        ({ pid, state }) => state.startsWith('D') && view.chosen.some((each) => each.pid === pid),
      )
    : []
  if (view.waits && !view.waits.seen && inD.length > 0)
    return {
      ...base,
      code: 'state-d-unclear',
      verdict: 'inconclusive',
      severity: 'warning',
      summary: `${inD.length === 1 ? 'One thread is' : `${inD.length} threads are`} in state D on ${host}; whether ${inD.length === 1 ? 'it hangs' : 'they hang'} could not be seen.`,
      details: [
        `${listed([...new Set(inD.map(({ name, pid }) => `${name} (pid ${pid})`))])}: ${view.waits.why}.`,
      ],
    }
  const waitsUnseen: Omit<Draft, 'summary'> = {
    ...base,
    ...{ code: 'waits-unseen', verdict: 'inconclusive', severity: 'warning' },
  }
  // newer kernels wait for a lock over NFS in state S
  if (view.waits && !view.waits.seen && asked !== undefined)
    return {
      ...waitsUnseen,
      summary: `No thread of ${code(asked)} is in state D on ${host}; what they wait for could not be seen.`,
      details: [`${view.waits.why}.`],
    }
  if (view.leftOut.length > 0)
    return {
      ...waitsUnseen,
      summary: `Nothing hangs of what I looked at on ${host}; ${leftOut(view)}.`,
    }
  if (asked === undefined && !seesAll(view))
    return {
      ...waitsUnseen,
      summary: `Nothing hangs of what I can see on ${host}, and that is not all of its processes.`,
      details: [...base.details, `${NOT_ALL}.`],
    }
  const who = asked === undefined ? 'Nothing' : `No thread of ${code(asked)}`
  if (view.hung.length > 0)
    return {
      ...base,
      code: 'busy',
      verdict: 'ruled-out',
      severity: 'ok',
      summary: `${who} hangs on ${host}; what was in state D has moved on.`,
    }
  const states = view.waits?.seen ? [...new Set(view.waits.value.map(({ state }) => state))].join(', ') : ''
  return {
    ...base,
    code: 'nothing-stuck',
    verdict: 'ruled-out',
    severity: 'ok',
    summary:
      asked === undefined
        ? `Nothing is in state D on ${host}.`
        : `${code(asked)} on ${host} does not hang: none of its threads is in state D${states === '' ? '' : ` (state ${states})`}.`,
  }
}
