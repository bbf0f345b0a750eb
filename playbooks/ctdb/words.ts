import type { Finding } from '../shared/finding.ts'
import { meaningOf } from '../shared/linux/wchan.ts'
import { code } from '../shared/text.ts'
import type { CtdbNode } from './node.ts'

/** A conclusion, before it is known whose it is. */
export type Draft = Omit<Finding, 'playbook'>

/** `18:52 UTC` */
export function clockTime(ms: number): string {
  return `${new Date(ms).toISOString().slice(11, 16)} UTC`
}

/** `` `/var/share/ezfs` (ceph) ``, or the lock's own path where its mount is not known. */
export function fileSystemOf({ mount, lock }: CtdbNode): string {
  if (mount && mount.path !== '/') return `${code(mount.path)} (${mount.type})`
  return lock?.kind === 'file' ? `the file system of ${code(lock.path)}` : "the lock's file system"
}

export function names(nodes: readonly CtdbNode[]): string {
  return listed(nodes.map(({ name }) => code(name)))
}

/** `a`, `a and b`, `a, b and c` */
export function listed(words: readonly string[]): string {
  return words.length < 2 ? words.join('') : `${words.slice(0, -1).join(', ')} and ${words.at(-1)}`
}

export function flagsOf({ self }: CtdbNode): string {
  if (!self) return 'status not seen'
  return `status ${self.flags.length === 0 ? 'OK' : self.flags.map((flag) => flag.toUpperCase()).join('|')}`
}

/** The line of one node under a finding about its lock. */
export function describe(node: CtdbNode): string {
  const { counter, script, prediction, stuck, enabled, armed } = node
  const parts: string[] = []
  if (script?.kind === 'counts' && counter) {
    const since = prediction && counter.count > 0 ? ` since ${clockTime(prediction.failingSince)}` : ''
    parts.push(
      armed
        ? `${counter.count} failures in a row${since}, the limit is ${script.shutdownAt}`
        : `${counter.count} of ${script.shutdownAt} failures in a row${since}`,
    )
    if (enabled === false) parts.push('`01.reclock` is switched off, so the count stands still')
    else if (counter.count > 0 && prediction?.shutdownAt !== undefined)
      parts.push(`shutdown predicted at ${clockTime(prediction.shutdownAt)}`)
  }
  const stats = stuck.filter(({ role }) => role === 'stat')
  if (stats.length > 0) {
    const every =
      prediction && enabled !== false && !armed ? `, one more every ${rounded(prediction.intervalMs)} s` : ''
    parts.push(
      `${stats.length} \`stat\` of the lock file ${stats.length === 1 ? 'hangs' : 'hang'}${where(stats[0]!)}${every}`,
    )
  }
  const helper = stuck.find(({ role }) => role === 'helper')
  if (helper) {
    const meaning = helper.wchan === undefined ? undefined : meaningOf(helper.wchan)
    parts.push(
      `the lock's helper (pid ${helper.pid}) hangs${where(helper)}${meaning ? `: it ${meaning}` : ''}`,
    )
  }
  return `${code(node.name)}: ${[...parts, flagsOf(node)].join('; ')}.`
}

function where({ state, wchan }: { state: string; wchan: string | undefined }): string {
  return ` (state ${state}${wchan === undefined ? '' : `, ${code(wchan)}`})`
}

function rounded(ms: number): string {
  return String(Math.round(ms / 100) / 10)
}

/** How a loaded gun looks on its host. */
export function describeGun(node: CtdbNode): string {
  const { guns, view, prediction } = node
  const timeoutS = view.tunables.seen ? view.tunables.value.scriptTimeoutS : undefined
  const [gun] = guns
  const again =
    timeoutS === undefined || !prediction
      ? ''
      : ` CTDB ends it after ${timeoutS} s and starts the next one ${rounded(prediction.intervalMs)} s later.`
  return gun
    ? `${code(node.name)}: \`01.reclock\` (pid ${gun.pid}, for ${gun.ageS} s) waits for \`${gun.waitsFor}\` (pid ${gun.child}); \`ctdb shutdown\` is its next command.${again}`
    : `${code(node.name)}: no \`01.reclock\` waits at this moment, but every monitor run from now on ends in \`ctdb shutdown\`.${again}`
}
