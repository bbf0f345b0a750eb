import { WatchersArgs } from '../args.ts'
import { nameOf, type Subject } from './scene.ts'

/** `check watchers …` for what was read, if it is written as the command takes it. */
export function checkOf(subject: Subject): string | undefined {
  const { object, pool, namespace, image } = subject
  // a header is looked for outside of namespaces; an object of that name there would be another
  const header = namespace === undefined && object !== undefined && /^rbd_header\.|\.rbd$/.test(object)
  const target = header ? object : image === undefined ? undefined : nameOf({ pool: 'rbd', ...subject })
  if (target === undefined) return undefined
  const raw = { target, ...(header && pool !== undefined ? { pool } : {}) }
  if (!WatchersArgs.safeParse(raw).success) return undefined
  return `check watchers ${target}${raw.pool === undefined ? '' : ` pool=${raw.pool}`}`
}
