import type { Diagnosis, Next, Unseen } from '../shared/finding.ts'
import type { NotSeenCode, Reading } from '../shared/probe.ts'
import { code } from '../shared/text.ts'
import { targetText, type WatchersArgs } from './args.ts'
import type { Evidence } from './evidence.ts'
import { unseenOf } from './unseen.ts'

/** The watchers themselves could not be seen, or there is nothing of that name, or more than one thing. */
export function couldNotLook(
  args: WatchersArgs,
  evidence: Evidence,
  watchers: Extract<Reading<unknown>, { seen: false }>,
): Diagnosis {
  const target = targetText(args)
  const name = code(target)
  const holding = evidence.searched.filter((each) => each.watchers.seen).map(({ pool }) => pool)
  const others = unseenOf(evidence, [])
  if (holding.length > 1) {
    const next = holding.map((pool) => ({
      command: `check watchers ${target} pool=${pool}`,
      why: `The one in ${code(pool)}`,
    }))
    return notLooked(
      'ambiguous-object',
      `${name} is in the pools ${holding.map(code).join(', ')}; which one?`,
      others,
      [],
      next,
    )
  }
  const unseen: Unseen = {
    what: `watchers of ${name}`,
    why: watchers.why,
    ...(watchers.observation && { probe: watchers.observation.probe }),
  }
  const gaps = [unseen, ...others.filter(({ why }) => why !== watchers.why)]
  if (watchers.code !== 'absent')
    return notLooked(
      'could-not-look',
      `I could not look at the watchers of ${name}: ${watchers.why}.`,
      gaps,
      hintFor(watchers.code),
    )
  if (args.target.kind === 'image')
    return notLooked('no-such-object', `There is no ${name}: ${watchers.why}.`, gaps)
  return notFound(name, evidence, gaps)
}

function notFound(name: string, { searched, notSearched, dump }: Evidence, gaps: Unseen[]): Diagnosis {
  const pools = searched.map(({ pool }) => code(pool)).join(', ')
  const where = `pool${searched.length === 1 ? '' : 's'} ${pools}`
  const hint = ['An image in a namespace has to be named: `POOL/NAMESPACE/IMAGE`.']
  if (notSearched.length > 0 || (!dump.seen && searched.length === 1 && searched[0]!.pool === 'rbd'))
    return notLooked(
      'could-not-look',
      `I did not find ${name} in ${where}; not every pool was searched.`,
      gaps,
      hint,
    )
  return notLooked('no-such-object', `There is no ${name} (looked in ${where}).`, gaps, hint)
}

function hintFor(reason: NotSeenCode): string[] {
  const hints: Partial<Record<NotSeenCode, string>> = {
    'timed-out':
      'Monitors or OSDs do not answer this host. `ceph -s` there shows more; without a monitor nothing can be said about any image.',
    denied:
      'The keyring or the capabilities on the ceph-admin host do not allow it. `rados listwatchers` needs `mon allow r` and `osd allow r`.',
    'not-found': 'The tools ceph, rados and rbd have to be installed on a host with the role `ceph-admin`.',
    unreachable: 'The ceph-admin host could not be reached.',
  }
  return hints[reason] ? [hints[reason]] : []
}

export function notLooked(
  reason: string,
  summary: string,
  unseen: Unseen[],
  details: string[] = [],
  next: Next[] = [],
): Diagnosis {
  return {
    looked: false,
    facts: {},
    findings: [
      {
        playbook: 'watchers',
        code: reason,
        verdict: 'inconclusive',
        severity: 'warning',
        summary,
        details,
        evidence: unseen.flatMap(({ probe }) => probe ?? []),
      },
    ],
    unseen,
    offers: [],
    next,
    doNot: [],
  }
}
