import { code } from '../../shared/text.ts'
import { checkOsd } from './next.ts'
import type { Scene } from './scene.ts'

export function judgeOps({ notes, ops, asked }: Scene): void {
  for (const { past, slow, count, line } of ops) {
    if (slow.length === 0)
      notes.finding({
        ...{
          code: past ? 'past-ops' : 'ops-fine',
          verdict: past ? 'inconclusive' : 'ruled-out',
          severity: 'ok',
          evidence: [line],
        },
        summary: past
          ? `The ${count} requests that the OSD remembers took less than 30 s each; they are history.`
          : count === 0
            ? 'The OSD has no request in hand that would wait.'
            : `${count} requests are in hand, none for longer than 30 s.`,
      })
    else
      notes.finding({
        ...{
          code: past ? 'past-slow-ops' : 'slow-ops',
          verdict: 'confirmed',
          severity: past ? 'info' : 'warning',
          evidence: slow,
        },
        summary: past
          ? `${slow.length} of the requests that the OSD remembers took longer than 30 s; that is history.`
          : `${slow.length} of ${count} requests wait for longer than 30 s.`,
      })
    if (slow.length === 0 || past) continue
    for (const id of asked) checkOsd(notes, id, 'What its requests wait for')
    if (asked.size === 0) notes.next('check osds', 'Which OSD they wait for')
  }
}

export function judgeCrashes(scene: Scene): void {
  const { notes, crashes } = scene
  const fresh = crashes.filter((crash) => crash.fresh)
  if (crashes.length === 0) return
  const daemons = [...new Set((fresh.length > 0 ? fresh : crashes).map(({ daemon }) => daemon))]
  notes.finding({
    ...{
      code: fresh.length > 0 ? 'recent-crash' : 'old-crashes',
      verdict: 'confirmed',
      severity: fresh.length > 0 ? 'warning' : 'info',
    },
    summary: `${(fresh.length > 0 ? fresh : crashes).length} crash report${crashes.length === 1 ? '' : 's'} of ${daemons.slice(0, 6).map(code).join(', ')}; that is history, whether the daemon runs now is not in it.`,
    evidence: (fresh.length > 0 ? fresh : crashes).map(({ line }) => line),
  })
  for (const daemon of daemons.slice(0, 3)) {
    const id = /^osd\.(\d+)$/.exec(daemon)?.[1]
    if (id !== undefined && fresh.length > 0) checkOsd(notes, id, 'Whether it runs, or dies again and again')
  }
}

export function judgeVersions({ notes, versions }: Scene): void {
  if (versions.size === 0) return
  // a daemon that has not told the monitors its version
  const names = [...versions.keys()].filter((name) => name.startsWith('ceph version'))
  const silent = versions.size > names.length ? '; of some it is not known' : ''
  notes.finding({
    ...{
      code: names.length === 1 ? 'one-version' : 'mixed-versions',
      verdict: 'confirmed',
      severity: names.length === 1 && silent === '' ? 'ok' : 'info',
    },
    summary:
      names.length === 1
        ? `All daemons ${silent === '' ? '' : 'that are known '}run the same version${silent}.`
        : `The daemons run ${names.length} versions, as during an upgrade${silent}.`,
    evidence: names,
  })
}
