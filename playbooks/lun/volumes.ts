import { code } from '../shared/text.ts'
import type { LunArgs } from './args.ts'
import type { Draft } from './draft.ts'
import { datastoresOf } from './esxi.ts'
import type { Evidence } from './evidence.ts'

/** Volumes that are there and not mounted. A copy of one is not mounted by itself, and should not be. */
export function volumeDrafts(args: LunArgs, evidence: Evidence): Draft[] {
  if (args.subject.kind !== 'datastore') return []
  const { name } = args.subject
  return evidence.esxi.flatMap((view): Draft[] => {
    const at = code(view.host.name)
    const copy = view.snapshots?.seen
      ? view.snapshots.value.find(
          (each) => each.name === name || each.uuid.toLowerCase() === name.toLowerCase(),
        )
      : undefined
    if (copy)
      return [
        {
          ...{ code: 'snapshot-volume', verdict: 'confirmed', severity: 'warning' },
          summary: `${code(name)} is not mounted on ${at}, because ESXi takes its LUN for a copy.`,
          details: [
            `The volume's own signature names another LUN (${copy.uuid}): the LUN got another identity, or it is a snapshot of the real one.`,
            ...(copy.reason === '' ? [] : [`ESXi says: ${copy.reason}`]),
          ],
          evidence: [`lun-snapshots@${view.host.name}`],
        },
      ]
    const { listed, parts } = datastoresOf(name, view)
    // what a host has nothing of is not missing there
    if ((listed.length === 0 && parts.length === 0) || listed.some(({ mounted }) => mounted)) return []
    if (!view.fileSystems.seen || !view.extents.seen) return []
    return [
      {
        ...{ code: 'datastore-unmounted', verdict: 'confirmed', severity: 'warning' },
        summary: `${code(name)} is not mounted on ${at}.`,
        details: [],
        evidence: [`lun-filesystems@${view.host.name}`],
      },
    ]
  })
}
