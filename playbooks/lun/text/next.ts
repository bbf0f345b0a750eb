import { DatastoreArgs, LunTarget } from '../args.ts'
import { typed } from '../next.ts'
import type { Scene } from './scene.ts'

export const datastoreCheck = (name: string) => `check datastore ${typed(name)}`

/** What to check next about a device, and what people are tempted to do when a LUN fails. */
export function followUp(
  scene: Scene,
  device: string | undefined,
  host: string | undefined,
  why = 'Follow it from ESXi to the image and who watches it',
): void {
  const volumes = scene.extents.filter((each) => each.device === device && each.name !== '')
  for (const { name } of volumes.slice(0, 2))
    if (DatastoreArgs.safeParse({ target: name }).success) scene.tell.next(datastoreCheck(name), why)
  const on = device?.startsWith('/dev/') && host !== undefined ? { on: host } : {}
  if (device !== undefined && LunTarget.safeParse({ target: device, ...on }).success)
    scene.tell.next(`check lun ${device}${'on' in on ? ` on=${on.on}` : ''}`, why)
  if (why.startsWith('Follow'))
    scene.tell.doNot(
      'reset the LUN (`vmkfstools -L lunreset`, `sg_reset`)',
      'it ends the I/O of every host on it and takes away reservations of living ones; first it has to be known who holds it',
    )
}
