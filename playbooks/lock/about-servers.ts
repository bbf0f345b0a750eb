import type { Inventory } from '../shared/inventory.ts'
import { code } from '../shared/text.ts'
import type { Draft } from './about-file.ts'
import type { Evidence } from './evidence.ts'
import type { Lost } from './files.ts'
import { holderOf } from './judge.ts'

/** On NFSv2/v3 a server learns from statd that a client was restarted; without it, the locks of a dead client stay. */
export function besides({ hosts, files }: Evidence, inventory: Inventory): Draft[] {
  const nlm = files.some(
    (view) =>
      ['left-over', 'unseen'].includes(holderOf(view, { hosts }, inventory).is) &&
      view.records.some(({ lock }) => !lock.waits),
  )
  return hosts.flatMap(({ host, threads }): Draft[] => {
    if (!nlm || !threads?.seen) return []
    const has = (name: string) => threads.value.some((thread) => thread.name === name)
    if (!has('lockd') || has('rpc.statd')) return []
    return [
      {
        code: 'statd-not-running',
        verdict: 'confirmed',
        severity: 'warning',
        summary: `rpc.statd does not run on ${code(host.name)}, which serves locks over NFSv3.`,
        details: [
          'When a client is restarted, nobody tells this server, and the locks of the client stay. Start rpc.statd (`systemctl start rpc-statd`).',
        ],
        evidence: [`threads@${host.name}`],
      },
    ]
  })
}

/** A path or an open file that could not be followed to its inode, where that is a finding of its own. */
export function lostFinding({ host, path, mount, reading, stale }: Lost): Draft[] {
  const at = `${code(path)} on ${code(host.name)}`
  const base = { details: serverLine(mount), evidence: [`file:${path}@${host.name}`] }
  if (stale)
    return [
      {
        ...base,
        code: 'stale-handle',
        verdict: 'confirmed',
        severity: 'warning',
        summary: `The handle of ${at} is stale: its server does not know the file any more.`,
        details: [
          ...base.details,
          'The file was removed or replaced on the server, or the export changed. Programs that have it open get ESTALE; mount again, or restart them.',
        ],
      },
    ]
  if (reading?.code !== 'timed-out' && reading?.code !== 'unkillable' && reading?.code !== 'quarantined')
    return []
  return [
    {
      ...base,
      code: 'path-hangs',
      verdict: 'confirmed',
      severity: 'critical',
      summary: `${at} does not answer: looking at it hangs.`,
      details: [...base.details, `${reading.why}.`],
    },
  ]
}

export const serverLine = (mount: Evidence['files'][number]['file']['mount']) =>
  mount?.nfs
    ? [
        `${code(mount.path)} is mounted from ${code(`${mount.nfs.server}:${mount.nfs.export}`)} (NFS ${mount.nfs.version ?? 'version not told'}, ${mount.nfs.hard ? 'hard' : 'soft'}).`,
      ]
    : []
