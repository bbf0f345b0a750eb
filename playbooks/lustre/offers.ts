import type { Offer } from '../shared/finding.ts'
import { NotSeen } from '../shared/probe.ts'
import { code } from '../shared/text.ts'
import { type Draft, mgsServer, type Situation } from './situation.ts'

/** Findings after which a mount has a chance: it failed or is missing, and nothing that was seen is against it. */
const MAY_RETRY = ['mount-failed-before', 'not-mounted']

/** What a new try rests on, one fact a line; throws NotSeen when one of them is not known. Holds no times. */
export function basisOfRetry(situation: Situation, path: string): string {
  const { evidence, written, mounted, fsname } = situation
  const { mounts, lnet, fstab } = evidence.client
  if (!mounts.seen || !mounted) throw new NotSeen('failed', 'the list of mounts could not be seen')
  if (!fstab.seen) throw new NotSeen(fstab.code, `fstab could not be seen: ${fstab.why}`)
  if (!lnet.seen) throw new NotSeen(lnet.code, `LNet could not be seen: ${lnet.why}`)
  const mgs = mgsServer(situation)
  const over = mounts.value.filter((mount) => mount.path === path)
  const attempt = situation.story?.last
  return [
    written?.path === path
      ? `fstab ${written.source} ${path} ${written.options.join(',')}`
      : `fstab has no ${fsname} at ${path}`,
    `${fsname} is mounted ${mounted.length} times`,
    `on ${path} ${over.length} file systems are mounted`,
    `LNet is ${lnet.value.up ? 'up' : 'down'}`,
    mgs?.reached === 'yes' && mgs.node.named
      ? `the MGS runs on ${mgs.name} and LNet answers there`
      : 'no server of the mount that has the MGS answers',
    attempt
      ? `the log's last word is ${attempt.outcome}${attempt.lock ? ', without the lock' : ''}`
      : 'the log knows of no try',
  ]
    .sort()
    .join('\n')
}

/** A mount point that needs no quoting and cannot be taken for an option. */
export const MOUNT_POINT = /^\/[A-Za-z0-9._/+@:-]{1,200}$/

/** The mount that fstab has, once the MGS was seen running on a server that answers; nothing else is safe to do from a client. */
export function offersFor(situation: Situation, conclusion: Draft): Offer[] {
  const { written, mounted, evidence, client, fsname } = situation
  const { fstab, mounts, lnet } = evidence.client
  if (!MAY_RETRY.includes(conclusion.code) || conclusion.verdict !== 'confirmed' || !situation.story)
    return []
  // who unmounted it, or wrote that it is not to be mounted by itself, had a reason
  if (conclusion.code === 'not-mounted' && (situation.story.last || written?.options.includes('noauto')))
    return []
  if (!written || !mounted || mounted.length > 0 || !mounts.seen || !lnet.seen || !lnet.value.up) return []
  // two lines for one file system: which is meant is not ours to guess
  if (!fstab.seen || fstab.value.filter(({ spec }) => spec.fsname === fsname).length !== 1) return []
  const { path } = written
  if (
    !MOUNT_POINT.test(path) ||
    path.split('/').includes('..') ||
    mounts.value.some((mount) => mount.path === path)
  )
    return []
  const mgs = mgsServer(situation)
  if (mgs?.reached !== 'yes' || !mgs.node.named) return []
  return [
    {
      remedy: 'retry-mount',
      params: { path },
      label: `mount ${fsname} again`.slice(0, 60),
      plan: `mount ${code(path)} on ${code(client)} as fstab has it → see that it is mounted and its servers are connected.`,
      commands: [`mount ${path}`],
      touches: `only ${code(client)}; undone by \`umount ${path}\`.`,
      approvals: 1,
      basis: basisOfRetry(situation, path),
    },
  ]
}
