import type { EsxiView } from './esxi.ts'
import type { Exported, TargetView } from './targets.ts'

export type Reached = {
  /** each with the devices that ESXi can mean */
  targets: TargetView[]
  /** devices of the same identity that ESXi does not reach, and through which targets it goes instead */
  elsewhere: { device: Exported; through: string }[]
  /** pending: not all of what tells them apart has been seen, or failed to be */
  known: 'settled' | 'pending'
}

/**
 * SCST makes a device's identity of its name alone, unless somebody sets one: two targets that call a device `disk1` show the same
 * EUI. Which of them is meant, the paths of ESXi say. Source: scst_vdisk.c, vdisk_gen_dev_id_num.
 */
export function asReached(targets: readonly TargetView[], esxi: readonly EsxiView[]): Reached {
  const paths = esxi.flatMap(({ devices }) => devices.map((device) => device.paths))
  const through = new Set(
    paths.flatMap((each) =>
      each.seen ? each.value.flatMap(({ target }) => target?.toLowerCase() ?? []) : [],
    ),
  )
  const isOther = ({ luns }: TargetView, { software, name }: Exported) =>
    software === 'SCST' &&
    through.size > 0 &&
    luns.seen &&
    !luns.value.some(({ device, target }) => device === name && through.has(target.toLowerCase()))
  const pending =
    paths.some((each) => !each.seen && each.code === 'pending') ||
    targets.some(
      ({ exported, luns }) =>
        exported.some(({ software }) => software === 'SCST') && !luns.seen && luns.code === 'pending',
    )
  return {
    targets: targets.map((view) => ({
      ...view,
      exported: view.exported.filter((device) => !isOther(view, device)),
    })),
    elsewhere: targets.flatMap((view) =>
      view.exported
        .filter((device) => isOther(view, device))
        .map((device) => ({ device, through: [...through][0]! })),
    ),
    known: pending ? 'pending' : 'settled',
  }
}
